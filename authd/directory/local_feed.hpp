#pragma once

#include "directory/directory_thread.hpp"
#include "directory/local_people.hpp"
#include "identity/feed.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <functional>
#include <memory>
#include <string>

namespace gatehouse::directory
{

/// Tells the people of a people file, whole, each time the file was read anew. inotify(7) on the file's folder says
/// when to look, since editors replace files; twice a second it is looked at in any case. A thread of its own, until it
/// ends.
class LocalFeed
{
public:
    struct Reading {
        std::shared_ptr<const LocalPeople> people{}; ///< null while the file could not be read once
        std::string fault{};                         ///< of the file as it is now; the people are an older file's
        bool of_now = true;                          ///< it was made of the file as it was after the call began
    };
    /// Reads the file if it changed. Blocks.
    using Look = std::function<Reading()>;

    LocalFeed(std::string realm, std::string file, Look look, std::shared_ptr<FeedSink> sink);
    ~LocalFeed();
    LocalFeed(const LocalFeed&) = delete;
    LocalFeed& operator=(const LocalFeed&) = delete;

private:
    Awaitable<void> run();
    void watch();
    void listen();
    void look();
    void tell(const LocalPeople& people);

    const std::string realm_;
    const std::string file_;
    const Look look_;
    const std::shared_ptr<FeedSink> sink_;
    std::shared_ptr<const LocalPeople> told_;
    FeedState state_;
    Waiter* waiting_ = nullptr;
    std::array<char, 4096> events_{};
    DirectoryThread thread_;
    boost::asio::posix::stream_descriptor inotify_;
};

/// What is told of one file. Keys: the name of a person; "group:NAME" of a group.
Changes records_of(const LocalPeople& people);

} // namespace gatehouse::directory
