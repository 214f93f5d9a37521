#pragma once

#include "base/async.hpp"
#include "base/blocking_pool.hpp"
#include "base/deadline.hpp"
#include "base/result.hpp"
#include "directory/directory_thread.hpp"
#include "directory/ldap_handle.hpp"
#include "directory/ldap_listener.hpp"
#include "directory/ldap_pipe.hpp"
#include "directory/ldap_request.hpp"
#include "directory/settings.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse::directory
{

/// A server's name, for certificates and people, and where it listens.
struct ServerAddress {
    std::string host;
    std::uint16_t port = 0;
    std::vector<boost::asio::ip::address> addresses; ///< tried in order

    std::string name() const { return host; }
};

/// One connection to one LDAP server, on the directory's thread. Many searches may be under way on it at once; a bind
/// must be alone. Kept alive by its reader until `close`.
class LdapConnection : public std::enable_shared_from_this<LdapConnection>
{
public:
    LdapConnection(DirectoryThread& thread, BlockingPool& network);
    ~LdapConnection();
    LdapConnection(const LdapConnection&) = delete;
    LdapConnection& operator=(const LdapConnection&) = delete;

    /// Connects; TLS as the settings say, its handshake on the network pool. Once. Error: `deadline`, `unavailable`, or
    /// `invalid` when the TLS handshake failed (which another look at the certificate can explain).
    Awaitable<Result<void>> open(const ServerAddress& server, const TlsSettings& tls, Deadline deadline);

    /// A simple bind; `dn` and `password` empty: anonymous. Whatever the server answers is a value. Error: `deadline`
    /// when no answer came in time, after which the connection is closed; `unavailable` when it broke.
    Awaitable<Result<BindResponse>> bind(const std::string& dn, std::string_view password, bool ask_policy,
                                         Deadline deadline);

    /// A search with all its pages; more entries than allowed are result 4, sizeLimitExceeded. Error: as `bind`, but
    /// the connection stays open when the answer is late; `limit` when too much waits to be sent; `invalid` when the
    /// filter does not parse.
    Awaitable<Result<SearchAnswer>> search(const SearchRequest& request, Deadline deadline);

    /// One page of a paged search; `cookie` is empty for the first and after the last. Errors as `search`.
    Awaitable<Result<SearchAnswer>> search_page(const SearchRequest& request, std::string& cookie, Deadline deadline);

    /// Begins a subtree search that goes on, without pages and limits of ours, under `control` (critical; none when it
    /// has no oid). Each entry is told with its control `told_by`. `listener` outlives the search or calls
    /// `listen_no_more` with the id that is returned. Error: `unavailable`; `invalid` when the filter does not parse.
    Result<int> listen(const SearchRequest& request, const LdapControlValue& control, const std::string& told_by,
                       LdapListener& listener);
    /// Abandons such a search; its listener hears no more.
    void listen_no_more(int id);

    /// Ends every wait on this connection with an outage that says `why`.
    void close(const std::string& why);
    bool is_open() const noexcept { return state_ == State::open; }
    /// Why it is closed.
    const std::string& why_closed() const noexcept { return why_closed_; }
    std::size_t under_way() const noexcept { return pending_.size(); }
    /// When the last answer came.
    Deadline last_heard() const noexcept { return last_heard_; }

private:
    /// A request that waits for its answer, in the frame of the coroutine that asks.
    struct Pending {
        explicit Pending(DirectoryThread& thread) : waiter(thread) {}
        Waiter waiter;
        std::size_t max_entries = 0;
        std::vector<Entry> entries;
        LdapMessage final; ///< null when the connection broke
        bool over_limit = false;
    };
    enum class State { opening, open, closed };

    Awaitable<Result<void>> connect(const ServerAddress& server, Deadline deadline);
    Result<void> attach(const ServerAddress& server, TlsMode mode);
    Result<void> set_tls_options(const TlsSettings& tls); // reads files: on the pool
    Awaitable<Result<void>> start_tls(Deadline deadline);
    Awaitable<Result<void>> shake_hands(const TlsSettings& tls, Deadline deadline);
    Awaitable<Result<void>> answer(Pending& pending, int id, Deadline deadline);
    Result<int> send_search(const SearchRequest& request, std::string_view cookie, Deadline deadline);

    void receive();
    void received(const boost::system::error_code& error, std::size_t size);
    void drain();
    void deliver(LdapMessage message);
    void deliver_to_listener(LDAPMessage* message);
    void send_listeners_away();
    void flush();
    std::string last_libldap_error() const;

    DirectoryThread& thread_;
    BlockingPool& network_;
    boost::asio::ip::tcp::socket socket_;
    LdapPipe pipe_; // before the handle, whose Sockbuf uses it to the end
    LdapHandle ldap_;
    Sockbuf* sockbuf_ = nullptr;
    State state_ = State::opening;
    bool shaking_hands_ = false;
    bool waiting_to_send_ = false;
    std::string why_closed_;
    std::unordered_map<int, Pending*> pending_;
    struct Listening {
        LdapListener* listener;
        std::string told_by;
    };
    std::unordered_map<int, Listening> listeners_;
    Deadline last_heard_{};
};

} // namespace gatehouse::directory
