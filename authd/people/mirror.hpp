#pragma once

#include "base/snapshot.hpp"
#include "identity/feed.hpp"
#include "people/people.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::people
{

/// The mirror of one realm: takes what its feed tells and swaps the snapshot. The feed's side runs on the feed's
/// thread; everything else is thread-safe.
class Mirror final : public FeedSink
{
public:
    explicit Mirror(std::string realm);
    ~Mirror() override;

    /// Null until the first sweep is complete.
    std::shared_ptr<const People> people() const;
    FeedState state() const;
    RealmFacts facts() const;

    /// Calls `changed` with the ids of people who changed, came or went (group changes included: everybody whose groups
    /// changed), after the snapshot was swapped, on the feed's thread; with `everybody` after a sweep that changed more
    /// than can be told. Ends with the returned object.
    struct Change {
        std::vector<std::string> ids{};
        bool everybody = false;
    };
    using Watcher = std::function<void(const Change&)>;
    [[nodiscard]] std::shared_ptr<void> watch(Watcher changed);

    void learn(RealmFacts facts) override;
    void begin_sweep() override;
    void take(Changes changes) override;
    void end_sweep(Deadline since) override;
    void report(FeedState state) override;
};

} // namespace gatehouse::people
