#include "directory/local_feed.hpp"

#include "base/log.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <sys/inotify.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace gatehouse::directory
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{
constexpr auto look_interval = 500ms;
constexpr auto time_to_write = 50ms; // whoever writes the file in place has not ended with the first event
constexpr std::uint32_t what_matters =
    IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;

std::string group_key(const LocalPeople::Group& group)
{
    return "group:" + group.name;
}
} // namespace

LocalFeed::LocalFeed(std::string realm, std::string file, Look look, std::shared_ptr<FeedSink> sink)
    : realm_(std::move(realm)),
      file_(std::move(file)),
      look_(std::move(look)),
      sink_(std::move(sink)),
      thread_("file-" + realm_),
      inotify_(thread_.context())
{
    asio::co_spawn(thread_.context(), run(), asio::detached);
}

LocalFeed::~LocalFeed()
{
    thread_.stop([this] {
        boost::system::error_code ignored;
        inotify_.close(ignored);
    });
}

Awaitable<void> LocalFeed::run()
{
    sink_->learn({.lockout = LockoutPolicy{}}); // a file locks nobody
    state_.server = file_;
    watch();
    while (!thread_.stopping()) {
        look();
        Waiter event(thread_);
        waiting_ = &event;
        const bool woken = co_await event.wait(Clock::now() + look_interval);
        waiting_ = nullptr;
        if (woken) {
            Waiter pause(thread_);
            co_await pause.wait(Clock::now() + time_to_write);
        }
    }
}

void LocalFeed::watch()
{
    const std::string folder = std::filesystem::path(file_).parent_path().string();
    const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor >= 0)
        inotify_.assign(descriptor);
    if (descriptor < 0 || ::inotify_add_watch(descriptor, folder.empty() ? "." : folder.c_str(), what_matters) < 0)
        return log::warn("realm {}: {} cannot be watched, so it is looked at twice a second: {}", realm_, file_,
                         std::strerror(errno));
    listen();
}

void LocalFeed::listen()
{
    inotify_.async_read_some(asio::buffer(events_), [this](const boost::system::error_code& error, std::size_t) {
        if (error)
            return;
        if (waiting_ != nullptr)
            waiting_->wake();
        listen();
    });
}

void LocalFeed::look()
{
    const Deadline began = Clock::now();
    const Reading reading = look_();
    if (reading.people && reading.people != told_) {
        tell(*reading.people);
        told_ = reading.people;
    }
    state_.live = told_ != nullptr;
    state_.trouble = reading.fault;
    // A bad file changes nothing: what is in force is known as of now all the same.
    if (state_.live && reading.of_now)
        state_.read_from = began;
    sink_->report(state_);
}

void LocalFeed::tell(const LocalPeople& people)
{
    sink_->begin_sweep();
    Changes changes = records_of(people);
    changes.since = state_.read_from;
    changes.server = file_;
    sink_->take(std::move(changes));
    sink_->end_sweep(state_.read_from);
}

Changes records_of(const LocalPeople& people)
{
    Changes changes;
    for (const LocalPeople::Entry& entry : people.people()) {
        PersonRecord& record = changes.people.emplace_back(PersonRecord{.person = entry.person});
        record.keys.push_back(entry.person.name);
        for (const std::size_t group : entry.groups)
            record.member_of.push_back(group_key(people.groups()[group]));
    }
    for (const LocalPeople::Group& group : people.groups()) {
        GroupRecord& record = changes.groups.emplace_back();
        record.id = "local:group/" + group.name; // no person's: a name has no '/'
        record.name = group.name;
        record.keys.push_back(group_key(group));
        for (const std::size_t parent : group.parents)
            record.member_of.push_back(group_key(people.groups()[parent]));
    }
    return changes;
}

} // namespace gatehouse::directory
