#pragma once

#include "base/snapshot.hpp"
#include "identity/feed.hpp"
#include "people/people.hpp"
#include "people/watchers.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::people
{

class Draft;

/// The mirror of one realm: takes what its feed tells and swaps the snapshot. The feed's side (FeedSink) runs on the
/// feed's thread; everything else is thread-safe.
///
/// Until the end of the first sweep there is no snapshot. Later sweeps work on the living one: what is told holds at
/// once, what was not told goes at the end, nobody vanishes in between. What changes nothing makes no new snapshot.
class Mirror final : public FeedSink
{
public:
    explicit Mirror(std::string realm);
    ~Mirror() override;

    /// Null until the first sweep is complete.
    std::shared_ptr<const People> people() const { return people_.get(); }
    /// What the feed reported last.
    std::shared_ptr<const FeedState> state() const { return state_.get(); }
    std::shared_ptr<const RealmFacts> facts() const { return facts_.get(); }
    /// Sweeps that were completed.
    std::uint64_t sweeps() const { return sweeps_.load(std::memory_order_relaxed); }
    /// People and groups that the feed told, sweeps included, whether or not anything of them had changed; and those
    /// gone.
    std::uint64_t changes() const { return changes_.load(std::memory_order_relaxed); }

    /// Calls `changed` with the ids of people who changed, came or went (group changes included: everybody whose groups
    /// changed), after the snapshot was swapped, on the feed's thread; with `everybody` when they are more than 1,000,
    /// and after the first sweep. Never throws. Ends with the returned object: after that no call is going on or comes.
    /// So whoever ends it must not hold what `changed` waits for; `changed` itself may end it.
    struct Change {
        std::vector<std::string> ids{}; ///< each once
        bool everybody = false;
    };
    using Watcher = std::function<void(const Change&)>;
    [[nodiscard]] std::shared_ptr<void> watch(Watcher changed) { return watchers_.add(std::move(changed)); }

    void learn(RealmFacts facts) override;
    void begin_sweep() override;
    void take(Changes changes) override;
    void end_sweep(Deadline since) override;
    void report(FeedState state) override;

private:
    void publish();

    std::unique_ptr<Draft> draft_; // the feed's thread alone
    Snapshot<People> people_{nullptr};
    Snapshot<FeedState> state_{std::make_shared<FeedState>()};
    Snapshot<RealmFacts> facts_{std::make_shared<RealmFacts>()};
    Watchers<Change> watchers_;
    std::atomic<std::uint64_t> sweeps_{0};
    std::atomic<std::uint64_t> changes_{0};
};

} // namespace gatehouse::people
