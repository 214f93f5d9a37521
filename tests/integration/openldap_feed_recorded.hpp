#pragma once

#include "base/blocking_pool.hpp"
#include "directory/settings.hpp"
#include "identity/directory.hpp"
#include "identity/feed.hpp"
#include "support/lab.hpp"

#include <boost/asio/io_context.hpp>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::integration
{

/// What a feed has told: the objects as they are now, by id. Thread-safe through `look` and `wait_for`.
class RecordedFeed final : public FeedSink
{
public:
    struct Told {
        std::map<std::string, PersonRecord> people;
        std::map<std::string, GroupRecord> groups;
        FeedState state;
        RealmFacts facts;
        Deadline last_since{}; ///< of the last changes
        int sweeps_begun = 0;
        int sweeps_ended = 0;

        /// By short name; null when nobody has it.
        const PersonRecord* person(std::string_view name) const;
        /// The names of the person's groups, nested ones included, as the mirror joins the records.
        std::set<std::string> groups_of(const PersonRecord& person) const;
        bool is_in(std::string_view person, const std::string& group) const;
    };
    using Condition = std::function<bool(const Told&)>;

    /// The moment at which the condition first held, looked at whenever something is told; nothing: not within `limit`.
    std::optional<WallTime> wait_for(std::chrono::milliseconds limit, const Condition& holds);
    Told look() const;

    void learn(RealmFacts facts) override;
    void begin_sweep() override;
    void take(Changes changes) override;
    void end_sweep(Deadline since) override;
    void report(FeedState state) override;

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Told told_;
    std::set<std::string> unswept_; // ids that the sweep under way has not told
    WallTime last_change_{};
};

/// The lab's slapd as a realm whose feed is recorded.
class FollowedOpenLdap
{
public:
    using Adapt = std::function<void(directory::OpenLdapSettings&)>;
    explicit FollowedOpenLdap(const Adapt& adapt = {});

    RecordedFeed& feed() { return *feed_; }
    Directory& directory() { return *directory_; }

    /// Waits until it is live; fails the test when that takes too long.
    void settle();
    /// tests/lab/slapd change WORDS, then waits until `holds`; prints and checks the time from the change to the
    /// telling.
    void change(const std::vector<std::string>& words, const RecordedFeed::Condition& holds,
                std::chrono::milliseconds promise = std::chrono::seconds(2), const std::string& input = {});

    Lookup find(const std::string& name);
    Result<LockoutCount> lockout_count(const Person& person);
    PasswordAnswer check(const Person& person, std::string_view password);

private:
    BlockingPool network_{"tests", 4, 64};
    boost::asio::io_context io_;
    std::shared_ptr<RecordedFeed> feed_ = std::make_shared<RecordedFeed>();
    std::shared_ptr<Directory> directory_;
};

/// tests/lab/slapd change WORDS. The moment at which the server had taken it.
WallTime change_slapd(const std::vector<std::string>& words, const std::string& input = {});

} // namespace gatehouse::integration
