#pragma once

#include "store/database.hpp"
#include "store/file_lock.hpp"
#include "store/sqlite_connection.hpp"

#include <optional>
#include <string>

namespace gatehouse::store
{

/// The store of a single node: one SQLite file, nothing to install. WAL; a power cut may undo the last networks and
/// counters, never a mailbox name or kept bytes that were told to somebody. To serve it takes FILE.lock, since two
/// authds would each answer from a memory of their own.
class SqliteDatabase final : public Database
{
public:
    SqliteDatabase(std::string file, Purpose purpose) : file_(std::move(file)), purpose_(purpose) {}

    std::string_view kind() const override { return "sqlite"; }
    Result<void> open() override;
    Result<void> read_news(RowSink& sink) override;
    Result<std::vector<Settled>> apply(const Batch& batch) override;
    Result<bool> forget(WallTime now) override;

private:
    struct Statements {
        SqliteStatement claim, name_of, owner_of, network, steps, kept, attempt;
    };

    Result<void> make_file() const;
    Result<void> prepare_to_serve();
    Result<void> check_whole() const;
    Result<void> migrate() const;
    Result<void> prepare();
    Result<void> read_all(RowSink& sink) const;
    template <class Row>
    Result<void> read_table(std::string_view sql, RowSink& sink, Row (*row_of)(const SqliteStatement&)) const;
    Result<void> sync_at_commit(bool wanted);
    Result<std::vector<Settled>> write(const Batch& batch);
    Result<Settled> settle(const Claim& claim);
    Result<std::optional<std::string>> ask(SqliteStatement& statement);
    Error gave_up(Error error);

    const std::string file_;
    const Purpose purpose_;
    bool read_ = false;
    bool syncs_ = false;
    std::optional<FileLock> lock_;
    std::optional<SqliteConnection> connection_;
    std::optional<Statements> statements_; // after the connection: they end first
};

} // namespace gatehouse::store
