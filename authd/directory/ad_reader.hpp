#pragma once

#include "directory/ldap_server.hpp"
#include "identity/directory.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::directory
{

/// One domain controller, read over a connection of its own: so all that is read is the state of one replica, whatever
/// stands between (an alias, a balancer). On the directory's thread. A failure is told to the server's health.
class AdReader
{
public:
    /// Connects and asks who the server is. Error: an outage, after which the server counts as failed.
    static Awaitable<Result<std::unique_ptr<AdReader>>> open(std::shared_ptr<LdapServer> server, Timing timing);
    ~AdReader() { close("the feed leaves it"); }
    AdReader(const AdReader&) = delete;
    AdReader& operator=(const AdReader&) = delete;

    LdapServer& server() noexcept { return *server_; }
    /// The naming context of its domain.
    const std::string& root() const noexcept { return root_; }
    /// Which copy of the directory this is: it has update numbers of its own (MS-ADTS section 3.1.1.1.4). Changes when
    /// a domain controller is restored from a backup.
    const std::string& invocation() const noexcept { return invocation_; }

    /// The number of the last update that it committed. Error: an outage.
    Awaitable<Result<std::uint64_t>> highest_usn();
    /// The entry with this DN; empty when there is none, or none that may be seen. Error: an outage.
    Awaitable<Result<std::optional<Entry>>> entry(SearchRequest request);

    /// A search page by page, each page with `timing.answer`.
    class Search
    {
    public:
        Search(AdReader& reader, SearchRequest request);
        bool done() const noexcept { return done_; }
        /// Error: an outage, which ends the search.
        Awaitable<Result<std::vector<Entry>>> next();

    private:
        AdReader& reader_;
        SearchRequest request_;
        std::string cookie_;
        bool done_ = false;
    };

    /// Ends every wait; the server is not to blame.
    void close(const std::string& why);

private:
    AdReader(std::shared_ptr<LdapServer> server, std::shared_ptr<LdapConnection> connection, Timing timing);

    Awaitable<Result<void>> learn_identity();
    Awaitable<Result<SearchAnswer>> ask(const SearchRequest& request, std::string& cookie);
    Error judge(const Error& error, Deadline asked);

    std::shared_ptr<LdapServer> server_;
    std::shared_ptr<LdapConnection> connection_;
    Timing timing_;
    bool closed_by_us_ = false;
    std::string root_;
    std::string invocation_;
};

} // namespace gatehouse::directory
