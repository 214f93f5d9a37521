#include "directory/local_directory.hpp"

#include "base/log.hpp"

#include <sys/stat.h>

#include <optional>

namespace gatehouse::directory
{

using namespace std::chrono_literals;

namespace
{
constexpr auto look_interval = 1s;

Person described(const LocalPeople& people, const LocalPeople::Entry& entry, Detail detail)
{
    Person person = entry.person;
    if (detail == Detail::groups) {
        person.groups = people.memberships(entry);
        person.known = Detail::groups;
    }
    return person;
}

std::string names_of(const std::vector<const LocalPeople::Entry*>& entries)
{
    std::string names;
    for (const LocalPeople::Entry* entry : entries)
        names.append(names.empty() ? "" : ", ").append(entry->person.name);
    return names;
}

/// What one computation on the pool came to; nothing: it began too late.
using Verification = std::optional<Result<bool>>;

Awaitable<Result<Verification>> verify(BlockingPool& compute, const std::string& hash, const Secret& password,
                                       Deadline deadline)
{
    co_return co_await compute.run([&hash, &password, deadline]() -> Verification {
        if (Clock::now() >= deadline)
            return std::nullopt;
        return verify_password(hash, password);
    });
}
} // namespace

LocalDirectory::LocalDirectory(LocalSettings settings, BlockingPool& compute)
    : settings_(std::move(settings)), compute_(compute), people_(nullptr)
{
    next_look_ = Clock::now() + look_interval;
    read_file();
}

LocalDirectory::Stamp LocalDirectory::stamp_of(const std::string& file)
{
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0)
        return {};
    return {.device = status.st_dev,
            .inode = status.st_ino,
            .size = status.st_size,
            .seconds = status.st_mtim.tv_sec,
            .nanoseconds = status.st_mtim.tv_nsec};
}

/// True for one caller a second at most, when the file is not the one that was read; the caller then reads it.
bool LocalDirectory::due_for_reading()
{
    const std::lock_guard lock(mutex_);
    if (reading_ || Clock::now() < next_look_)
        return false;
    next_look_ = Clock::now() + look_interval;
    reading_ = stamp_of(settings_.people_file) != read_stamp_;
    return reading_;
}

LocalFeed::Reading LocalDirectory::look()
{
    LocalFeed::Reading reading;
    bool due = false;
    {
        const std::lock_guard lock(mutex_);
        reading.of_now = !reading_; // else somebody's login reads the file just now
        due = reading.of_now && stamp_of(settings_.people_file) != read_stamp_;
        reading_ = reading_ || due;
    }
    if (due)
        read_file();
    reading.people = people_.get();
    reading.fault = fault();
    return reading;
}

void LocalDirectory::read_file()
{
    // The stamp is taken before: a file that changes while it is read is read again at the next look.
    const Stamp stamp = stamp_of(settings_.people_file);
    auto read = LocalPeople::read(settings_.realm, settings_.people_file);
    const bool kept = people_.get() != nullptr;
    if (read) {
        log::info("realm {}: {}: {} people", settings_.realm, settings_.people_file, read->people().size());
        people_.set(std::make_shared<const LocalPeople>(*std::move(read)));
    }
    const std::lock_guard lock(mutex_);
    reading_ = false;
    read_stamp_ = stamp;
    if (!read && fault_ != read.error().text)
        log::error("realm {}: {}\n{}", settings_.realm, read.error().text,
                   kept ? "the people of the last good file stay in force" : "nobody of this realm can log in");
    failures_ = read ? 0 : failures_ + 1;
    fault_ = read ? std::string() : read.error().text;
}

std::string LocalDirectory::fault() const
{
    const std::lock_guard lock(mutex_);
    return fault_;
}

Awaitable<std::shared_ptr<const LocalPeople>> LocalDirectory::people(Trail& trail)
{
    requests_.fetch_add(1, std::memory_order_relaxed);
    trail.server = settings_.people_file;
    if (due_for_reading()) {
        const auto done = co_await compute_.run([this] {
            read_file();
            return true;
        });
        if (!done) { // the pool is full: the old people serve until the next look
            const std::lock_guard lock(mutex_);
            reading_ = false;
        }
    }
    co_return people_.get();
}

Awaitable<PasswordAnswer> LocalDirectory::check_password_of(const Person& person, const Secret& password,
                                                            Deadline deadline, Trail& trail)
{
    const LoginName name{.form = LoginName::Form::plain, .given = person.name, .user = person.name, .qualifier = {}};
    co_return co_await check_password(name, password, Detail::name, deadline, trail);
}

void LocalDirectory::follow(std::shared_ptr<FeedSink> sink)
{
    feed_ =
        std::make_unique<LocalFeed>(settings_.realm, settings_.people_file, [this] { return look(); }, std::move(sink));
}

Awaitable<Result<LockoutCount>> LocalDirectory::lockout_count(const Person&, Deadline, Trail&)
{
    co_return LockoutCount{.used = 0, .policy = LockoutPolicy{}}; // a file locks nobody
}

Awaitable<Lookup> LocalDirectory::find(const LoginName& name, Detail detail, Deadline, Trail& trail)
{
    const auto people = co_await this->people(trail);
    if (!people)
        co_return Lookup{.outcome = Lookup::Outcome::unavailable, .detail = fault()};
    const auto found = people->find(name);
    if (found.empty())
        co_return Lookup{.outcome = Lookup::Outcome::absent};
    if (found.size() > 1)
        co_return Lookup{.outcome = Lookup::Outcome::ambiguous, .detail = names_of(found)};
    trail.step(settings_.people_file + ": found " + found.front()->person.name);
    co_return Lookup{.outcome = Lookup::Outcome::found, .person = described(*people, *found.front(), detail)};
}

Awaitable<PasswordAnswer> LocalDirectory::check_password(const LoginName& name, const Secret& password, Detail detail,
                                                         Deadline deadline, Trail& trail)
{
    const auto people = co_await this->people(trail);
    if (!people)
        co_return PasswordAnswer{.reason = Reason::directory_unavailable, .detail = fault()};
    const auto found = people->find(name);
    const LocalPeople::Entry* const entry = found.size() == 1 ? found.front() : nullptr;
    // Nobody, and somebody who is not the only one, cost what a wrong password costs.
    const std::string hash = entry ? entry->hash : people->unmatched_hash_for(name.user);
    const Deadline began = Clock::now();
    const auto verified = co_await verify(compute_, hash, password, deadline);
    note_latency(Clock::now() - began);
    if (!verified)
        co_return PasswordAnswer{.reason = Reason::overloaded, .detail = verified.error().text};
    const Verification& verification = *verified;
    if (!verification)
        co_return PasswordAnswer{.reason = Reason::deadline, .detail = "no thread was free to verify the password"};
    if (!*verification) {
        const bool no_memory = verification->error().kind == ErrorKind::limit;
        co_return PasswordAnswer{.reason = no_memory ? Reason::overloaded : Reason::internal,
                                 .detail = verification->error().text};
    }
    if (found.size() > 1)
        co_return PasswordAnswer{.reason = Reason::ambiguous_name, .detail = names_of(found)};
    if (!entry)
        co_return PasswordAnswer{.reason = Reason::unknown_person};
    trail.step(settings_.people_file + ": found " + entry->person.name + ", the password is " +
               (**verification ? "right" : "wrong"));
    co_return PasswordAnswer{.reason = **verification ? Reason::granted : Reason::wrong_password,
                             .person = described(*people, *entry, detail)};
}

FoundVerifier LocalDirectory::find_verifier(const LoginName& name, ScramHash hash) const
{
    const auto people = people_.get();
    if (!people)
        return {.verifier = {}, .reason = Reason::directory_unavailable, .why = fault()};
    return people->find_verifier(name, hash);
}

void LocalDirectory::note_latency(Clock::duration took)
{
    const std::int64_t now = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    const std::int64_t before = latency_us_.load(std::memory_order_relaxed); // a lost update of an average is no harm
    latency_us_.store(before == 0 ? now : before + (now - before) / 8, std::memory_order_relaxed);
}

std::vector<ServerHealth> LocalDirectory::health() const
{
    const bool usable = people_.get() != nullptr;
    const std::lock_guard lock(mutex_);
    return {{.server = settings_.people_file,
             .usable = usable,
             .consecutive_failures = failures_,
             .latency = std::chrono::microseconds(latency_us_.load(std::memory_order_relaxed)),
             .last_error = fault_,
             .requests = requests_.load(std::memory_order_relaxed)}};
}

std::shared_ptr<Directory> make_directory(const LocalSettings& settings, BlockingPool& compute)
{
    return std::make_shared<LocalDirectory>(settings, compute);
}

} // namespace gatehouse::directory
