#pragma once

#include "store/database.hpp"
#include "store/postgresql_connection.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace gatehouse::store
{

/// The store of several nodes: one PostgreSQL database. Every transaction that writes holds one advisory lock, so that
/// the numbers in the columns `change` become visible in their order: whoever has read up to N asks for what is above N
/// and has missed nothing. A NOTIFY on the channel `gatehouse_store` says that there is something.
class PostgresqlDatabase final : public Database
{
public:
    PostgresqlDatabase(StoreSettings settings, Purpose purpose, std::int64_t writer);

    std::string_view kind() const override { return "postgresql"; }
    bool may_be_away() const override { return true; }
    bool is_shared() const override { return true; }
    Result<void> open() override;
    Result<void> read_news(RowSink& sink) override;
    Result<std::vector<Settled>> apply(const Batch& batch) override;
    Result<bool> forget(WallTime now) override;
    Result<std::uint32_t> greet() override;
    void leave() override;
    Result<std::uint32_t> others() override;
    int news_descriptor() const override { return connection_ ? connection_->descriptor() : -1; }
    Result<bool> news_came() override;

private:
    Result<void> migrate();
    Result<void> migrate_locked();
    Result<void> notice_restored_database();
    Result<void> read_all(RowSink& sink, std::int64_t& last);
    Result<std::vector<Settled>> write(const Batch& batch);
    /// Runs `work` in a transaction that holds the lock.
    template <class Work>
    auto in_transaction(bool must_last, Work work) -> decltype(work());
    Error gave_up(Error error);

    const StoreSettings settings_;
    const Purpose purpose_;
    const std::string writer_;
    const std::string node_;
    std::int64_t last_ = 0; // the highest change that was read
    bool greeted_ = false;
    std::optional<PostgresqlConnection> connection_;
};

} // namespace gatehouse::store
