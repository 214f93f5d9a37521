#pragma once

#include "soak/record.hpp"
#include "support/directories.hpp"
#include "support/own_authd.hpp"

#include <mutex>
#include <vector>

namespace gatehouse::soak
{

/// The directory and the authd of a run: takes them away and brings them back, and watches authd's memory. Used by one
/// thread.
class Servers
{
public:
    /// Starts authd, and waits until it follows the directory.
    Servers(Record& record, std::mutex& directory_up);

    const integration::OwnAuthd& authd() const { return authd_; }

    /// Stops the directory, and starts it after `away`. No change is made meanwhile.
    void restart_directory(std::chrono::milliseconds away);
    /// Ends authd by SIGTERM or SIGKILL and starts it. Throws std::runtime_error when it does not end by SIGTERM with
    /// status 0.
    void restart_authd(int signal);
    /// Adds a sample of authd's memory, once it has run for `warm_up`. Throws std::runtime_error when it has ended.
    void sample_memory(std::chrono::seconds warm_up);
    /// KiB, since authd was started last.
    const std::vector<std::int64_t>& memory() const { return memory_; }
    /// Ends authd for good. Throws as restart_authd.
    void end_authd();

private:
    Record& record_;
    std::mutex& directory_up_;
    integration::DirectoryServer directory_{1};
    integration::OwnAuthd authd_;
    Moment started_;
    std::vector<std::int64_t> memory_;
};

} // namespace gatehouse::soak
