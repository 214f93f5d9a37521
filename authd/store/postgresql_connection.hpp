#pragma once

#include "base/deadline.hpp"
#include "base/result.hpp"
#include "store/store.hpp"

#include <libpq-fe.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::store
{

/// Rows that PostgreSQL answered, as text.
class PostgresqlRows
{
public:
    explicit PostgresqlRows(PGresult* result) : result_(result) {}

    std::size_t size() const { return static_cast<std::size_t>(PQntuples(result_.get())); }
    std::string text(std::size_t row, int column) const;
    /// 0 for what is no number.
    std::int64_t number(std::size_t row, int column) const;

private:
    friend class PostgresqlConnection;
    struct Clear {
        void operator()(PGresult* result) const { PQclear(result); }
    };
    std::unique_ptr<PGresult, Clear> result_;
};

/// The values of a column, for unnest() of a text array.
std::string array_of(std::span<const std::string> values);
std::string array_of(std::span<const std::int64_t> values);

/// One connection by libpq. Every wait has a deadline of its own, since a server that is frozen keeps its connections
/// open. After an error of kind `unavailable` it may be of no use any more. Used by one thread at a time.
class PostgresqlConnection
{
public:
    /// `settings.postgresql` is parsed by libpq; what it leaves out gets values that notice a dead server within
    /// seconds. Blocks for three seconds a host at most, and for name resolution. Error: `invalid` settings,
    /// `unavailable`.
    static Result<PostgresqlConnection> connect(const StoreSettings& settings);

    /// One statement, its parameters as text. Error: `unavailable`, or `invalid` when the server refuses the values.
    Result<PostgresqlRows> ask(const std::string& sql, std::span<const std::string> values = {});
    /// The same for an answer of many rows, which are handed over one by one: `row` holds one each time.
    Result<void> ask_for_each(const std::string& sql, std::span<const std::string> values,
                              const std::function<void(const PostgresqlRows& row)>& take);
    /// Several statements without parameters.
    Result<void> execute(const std::string& sql);

    int descriptor() const { return PQsocket(handle_.get()); }
    /// What NOTIFY sent since the last call. Error: `unavailable` when the connection is gone.
    Result<std::vector<std::string>> notifications();

    /// The last statement was refused because of the schema or of rights: repeating it cannot help.
    bool refused_for_good() const { return last_state_.starts_with("42"); }

private:
    struct Finish {
        void operator()(PGconn* handle) const { PQfinish(handle); }
    };

    explicit PostgresqlConnection(PGconn* handle) : handle_(handle) {}
    Result<void> send(bool sent);
    /// Null: no further answer.
    Result<PGresult*> next_result();
    Result<PostgresqlRows> only_result();
    Result<void> wait(short events, Deadline deadline) const;
    std::unexpected<Error> error(const PGresult* result);
    std::unexpected<Error> error() const;

    std::unique_ptr<PGconn, Finish> handle_;
    std::string last_state_; // SQLSTATE of the last failure
};

} // namespace gatehouse::store
