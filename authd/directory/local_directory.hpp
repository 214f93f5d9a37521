#pragma once

#include "base/blocking_pool.hpp"
#include "base/snapshot.hpp"
#include "directory/local_feed.hpp"
#include "directory/local_people.hpp"
#include "directory/settings.hpp"
#include "identity/directory.hpp"

#include <sys/types.h>

#include <atomic>
#include <ctime>
#include <memory>
#include <mutex>
#include <string>

namespace gatehouse::directory
{

/// A realm of people in a YAML file: trial and break-glass accounts. The file is read again when it changed: its feed
/// watches it, and somebody who logs in looks at it once a second at most. A bad new file keeps the people of the old
/// one. Until the file
/// could be read once, every answer is an outage. Account states are told in `Person::state`; the gate applies them.
class LocalDirectory : public Directory, public VerifierSource
{
public:
    /// Reads the file; a fault is logged. Passwords are verified on `compute`, which outlives the directory. Blocks.
    LocalDirectory(LocalSettings settings, BlockingPool& compute);

    Awaitable<PasswordAnswer> check_password(const LoginName& name, const Secret& password, Detail detail,
                                             Deadline deadline, Trail& trail) override;
    Awaitable<PasswordAnswer> check_password_of(const Person& person, const Secret& password, Deadline deadline,
                                                Trail& trail) override;
    Awaitable<Lookup> find(const LoginName& name, Detail detail, Deadline deadline, Trail& trail) override;
    void follow(std::shared_ptr<FeedSink> sink) override;
    Awaitable<Result<LockoutCount>> lockout_count(const Person& person, Deadline deadline, Trail& trail) override;
    FoundVerifier find_verifier(const LoginName& name, ScramHash hash) const override;
    const VerifierSource* verifiers() const override { return this; }
    std::vector<ServerHealth> health() const override;
    std::string_view kind() const override { return "local"; }

private:
    /// What tells one state of the file from another.
    struct Stamp {
        dev_t device = 0;
        ino_t inode = 0;
        off_t size = 0;
        time_t seconds = 0;
        long nanoseconds = 0;

        bool operator==(const Stamp&) const = default;
    };

    static Stamp stamp_of(const std::string& file);
    bool due_for_reading();
    LocalFeed::Reading look();
    void read_file();
    Awaitable<std::shared_ptr<const LocalPeople>> people(Trail& trail);
    std::string fault() const;
    void note_latency(Clock::duration took);

    const LocalSettings settings_;
    BlockingPool& compute_;
    Snapshot<LocalPeople> people_; // null until the file could be read
    std::atomic<std::uint64_t> requests_{0};
    std::atomic<std::int64_t> latency_us_{0}; // of a verification, its wait for a thread included; moving average

    mutable std::mutex mutex_;
    Deadline next_look_{};
    Stamp read_stamp_;
    bool reading_ = false;
    std::string fault_; // of the file as it is now; empty: none
    std::uint32_t failures_ = 0;

    std::unique_ptr<LocalFeed> feed_; // the last member: its end waits for a look under way
};

/// Errors in the file do not stop it: see LocalDirectory.
std::shared_ptr<Directory> make_directory(const LocalSettings& settings, BlockingPool& compute);

} // namespace gatehouse::directory
