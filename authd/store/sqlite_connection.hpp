#pragma once

#include "base/result.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::store
{

class SqliteConnection;

/// A prepared statement. Bind the parameters in order, then step. What is bound as a view must live until `reset`. Used
/// by one thread; ends before its connection, which does not move meanwhile.
class SqliteStatement
{
public:
    SqliteStatement& bind(std::string_view text);
    SqliteStatement& bind(std::int64_t number);
    SqliteStatement& bind_blob(std::string_view bytes);

    /// True: there is a row to read. Error: as SqliteConnection::error.
    Result<bool> step();
    /// Steps to the end, without rows to read, and resets. Returns how many rows it changed.
    Result<std::int64_t> run();
    void reset();

    std::string text(int column) const; ///< a blob, too
    std::int64_t number(int column) const { return sqlite3_column_int64(statement_.get(), column); }

private:
    friend class SqliteConnection;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };

    const SqliteConnection* connection_ = nullptr;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    int next_ = 1;
    int bound_ = SQLITE_OK; // the first failure
};

/// One open SQLite file. Used by one thread at a time.
class SqliteConnection
{
public:
    static Result<SqliteConnection> open(const std::string& file, bool read_only);

    /// Runs one or more statements without parameters.
    Result<void> execute(const char* sql) const;
    Result<SqliteStatement> prepare(std::string_view sql) const;
    /// The first column of the first row; 0 without a row.
    Result<std::int64_t> number(std::string_view sql) const;

    /// What a result code means, in one sentence with the cure: `invalid` when the statement itself is refused, else
    /// `unavailable`.
    std::unexpected<Error> error(int code) const;
    /// The last statement failed in a way that opening the file anew may cure.
    bool broken() const;
    bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }
    bool read_only() const { return sqlite3_db_readonly(handle_.get(), "main") == 1; }
    std::int64_t changed() const { return sqlite3_changes64(handle_.get()); }

private:
    struct Close {
        void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
    };

    std::string file_;
    std::unique_ptr<sqlite3, Close> handle_;
};

} // namespace gatehouse::store
