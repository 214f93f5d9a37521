#pragma once

#include "base/blocking_pool.hpp"
#include "directory/crossing.hpp"
#include "directory/directory_thread.hpp"
#include "directory/ldap_client.hpp"
#include "directory/server_set.hpp"

#include <string>
#include <vector>

namespace gatehouse::directory
{

/// What an LDAP directory of a realm stands on: its thread, its servers and the way to ask them. To be the last member
/// of its owner, since its end waits for every coroutine on the thread.
class LdapLink
{
public:
    LdapLink(BlockingPool& network, ServerRules rules, const ServerSettings& settings,
             std::vector<std::string> srv_names)
        : thread_("ldap-" + rules.realm),
          servers_(thread_, network, std::move(rules), settings, std::move(srv_names)),
          client_(servers_)
    {
        boost::asio::post(thread_.context(), [this] { servers_.start(); });
    }
    /// Sends every waiter away with an outage.
    ~LdapLink()
    {
        thread_.stop([this] { servers_.stop(); });
    }
    LdapLink(const LdapLink&) = delete;
    LdapLink& operator=(const LdapLink&) = delete;

    /// Runs the coroutine that `make` makes on the directory's thread and resumes the caller on its own executor.
    template <class Make>
    auto run(Make make)
    {
        return cross_over(thread_, std::move(make));
    }

    LdapClient& client() noexcept { return client_; }
    DirectoryThread& thread() noexcept { return thread_; }
    /// On the directory's thread.
    ServerSet& servers() noexcept { return servers_; }
    /// Thread-safe.
    std::vector<ServerHealth> health() const { return servers_.health(); }

private:
    DirectoryThread thread_;
    ServerSet servers_;
    LdapClient client_;
};

} // namespace gatehouse::directory
