#pragma once

#include "store/claims.hpp"
#include "store/database.hpp"
#include "store/memory.hpp"
#include "store/store.hpp"
#include "store/write_queue.hpp"
#include "store/writer.hpp"

namespace gatehouse::store
{

/// The one Store: memory in front, the queue and its thread behind, any Database at the end.
class DurableStore final : public Store
{
public:
    /// `writer`: the number of this process (StepsRow), as the database knows it.
    DurableStore(std::unique_ptr<Database> database, std::int64_t writer);

    /// See Writer::start.
    Result<void> start() { return writer_.start(); }

    std::optional<std::string> mailbox_of(std::string_view realm, std::string_view id) const override;
    Awaitable<Result<std::string>> claim_mailbox(std::string realm, std::string id, std::string wanted) override;
    void saw_network(std::string_view realm, std::string_view id, std::string_view network, WallTime now) override;
    bool knows_network(std::string_view realm, std::string_view id, std::string_view network,
                       WallTime now) const override;
    Awaitable<Result<std::uint64_t>> count(std::string key, std::chrono::seconds window, std::uint32_t n) override;
    Awaitable<Result<void>> keep(std::string key, std::string bytes) override;
    Awaitable<Result<std::optional<std::string>>> kept(std::string key) override;
    Awaitable<Turn> begin_attempt(AttemptTerms terms) override;
    void end_attempt(std::int64_t number, AttemptEnd how) override;
    void forget_attempts(std::string_view realm, std::string_view id) override;
    StoreStatus status() const override { return writer_.status(); }

private:
    Memory memory_;
    WriteQueue queue_;
    Claims claims_;
    Writer writer_; // last: its thread uses all the others
};

} // namespace gatehouse::store
