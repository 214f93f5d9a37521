#pragma once

#include "identity/feed.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::integration
{

/// Keeps what a feed tells as the directory's mirror would, in the simplest way. Thread-safe.
class FeedRecorder final : public FeedSink
{
public:
    void learn(RealmFacts facts) override;
    void begin_sweep() override;
    void take(Changes changes) override;
    void end_sweep(Deadline since) override;
    void report(FeedState state) override;

    RealmFacts facts() const;
    FeedState state() const;
    std::optional<Person> person(const std::string& name) const;
    /// Names of all groups of a person, nested ones included.
    std::set<std::string> groups_of(const std::string& name) const;
    std::size_t members_of(const std::string& group) const;
    std::size_t sweeps() const;
    /// Records that were told and were not what had been told before, since the last call.
    std::size_t news();
    /// Was it ever not live since the last call?
    bool was_away();

private:
    const PersonRecord* find(const std::string& name) const;

    mutable std::mutex mutex_;
    RealmFacts facts_;
    FeedState state_;
    std::map<std::string, PersonRecord> people_;
    std::map<std::string, GroupRecord> groups_;
    std::set<std::string> untold_; // in this sweep
    std::size_t sweeps_ = 0;
    std::size_t news_ = 0;
    bool was_away_ = false;
};

} // namespace gatehouse::integration
