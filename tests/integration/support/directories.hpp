#pragma once

#include "support/lab.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace gatehouse::integration
{

/// One directory server of the lab, which a test may stop, kill and freeze: slapd and its copy, or the two DCs.
/// Brought back as the lab had it when this ends. Not thread-safe.
class DirectoryServer
{
public:
    /// `number` 1: the lab's own, which runs; 2: its copy or the second DC, which is started now and stopped at the
    /// end.
    explicit DirectoryServer(int number);
    ~DirectoryServer();
    DirectoryServer(const DirectoryServer&) = delete;
    DirectoryServer& operator=(const DirectoryServer&) = delete;

    /// As authd calls it in its status and its audit lines when it is listed by address.
    const std::string& name() const { return name_; }
    /// Waits until it has answered binds quickly for 3 s: a DC that has just started is busy with itself. Throws when
    /// it does not within two minutes.
    void settle() const;
    void stop() const { command("down"); }
    void start() const { command("up"); }
    /// SIGKILL: it says goodbye to nobody but the kernel closes its connections.
    void kill() const;
    /// SIGSTOP: like a host that lost its network, it still holds connections and takes new ones, and says nothing.
    void freeze() const;
    void thaw() const;

private:
    void command(const std::string& verb) const;
    std::string shown(const std::string& name) const; // of what its script shows
    pid_t pid() const;

    int number_;
    std::string script_;
    std::vector<std::string> option_;
    std::string name_;
};

/// The realm CAMPUS of an authd of a test's own, with both servers of the lab's directory.
std::string realm_with_both_servers(const DirectoryServer& first, const DirectoryServer& second);

} // namespace gatehouse::integration
