#pragma once

#include "base/blocking_pool.hpp"
#include "base/secret.hpp"
#include "directory/directory_thread.hpp"
#include "directory/ldap_connection.hpp"
#include "directory/server_names.hpp"

#include <boost/asio/use_future.hpp>

#include <memory>
#include <string>
#include <vector>

namespace gatehouse::doctor
{

class LdapDesk;

/// One connection to one server, asked by a thread that waits for the answer. Its desk outlives it.
class LdapSession
{
public:
    LdapSession(LdapDesk& desk, std::shared_ptr<directory::LdapConnection> connection,
                std::chrono::milliseconds patience)
        : desk_(&desk), connection_(std::move(connection)), patience_(patience)
    {
    }

    /// Whatever the server answers is a value. Errors as LdapConnection's.
    Result<directory::SearchAnswer> search(const directory::SearchRequest& request);
    Result<directory::BindResponse> bind(const std::string& dn, const Secret& password);
    /// The result code of a search under a critical control: 12, unavailableCriticalExtension, from a server that does
    /// not take it there. Entries are thrown away.
    Result<int> search_under(const directory::SearchRequest& request, const directory::LdapControlValue& control);

private:
    LdapDesk* desk_;
    std::shared_ptr<directory::LdapConnection> connection_;
    std::chrono::milliseconds patience_;
};

/// Asks LDAP servers from a program that does one thing after the other: authd's own connections, which live on their
/// thread, and a caller that waits. One caller.
class LdapDesk
{
public:
    LdapDesk() : network_("directory connections", 2, 8), thread_("doctor") {}
    /// Closes every connection.
    ~LdapDesk();

    /// Connects, with TLS as the settings say. Error: in a sentence; `invalid` when the TLS handshake failed.
    Result<LdapSession> open(const directory::ServerAddress& server, const directory::TlsSettings& tls,
                             const directory::Timing& timing);

    directory::DirectoryThread& thread() noexcept { return thread_; }
    /// Runs a coroutine on the connections' thread to its end.
    template <class T>
    T wait(Awaitable<T> coroutine)
    {
        return boost::asio::co_spawn(thread_.context(), std::move(coroutine), boost::asio::use_future).get();
    }

private:
    BlockingPool network_; // before the thread, whose connections use it to the end
    directory::DirectoryThread thread_;
    std::vector<std::shared_ptr<directory::LdapConnection>> connections_; // ended after the thread has
};

} // namespace gatehouse::doctor
