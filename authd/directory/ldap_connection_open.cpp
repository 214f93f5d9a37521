// How an LdapConnection comes to be: TCP, libldap's handle, TLS.
#include "directory/ldap_connection.hpp"

#include "base/log.hpp"

#include <boost/asio/connect.hpp>
#include <openldap.h>
#include <sys/socket.h>

#include <netinet/tcp.h>

namespace gatehouse::directory
{

namespace asio = boost::asio;
using asio::ip::tcp;

namespace
{
constexpr ber_len_t max_message = 8 * 1024 * 1024; // an announced length beyond it ends the connection
constexpr const char* system_certificates = "/etc/ssl/certs/ca-certificates.crt";

template <int Level, int Name>
using SocketNumber = asio::detail::socket_option::integer<Level, Name>;

/// Probes from 60 s on: far below the 900 s after which Active Directory and many firewalls drop a silent connection.
void set_socket_options(tcp::socket& socket)
{
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    socket.set_option(SocketNumber<IPPROTO_TCP, TCP_KEEPIDLE>(60), ignored);
    socket.set_option(SocketNumber<IPPROTO_TCP, TCP_KEEPINTVL>(15), ignored);
    socket.set_option(SocketNumber<IPPROTO_TCP, TCP_KEEPCNT>(4), ignored);
    socket.non_blocking(true, ignored);
}

/// The name that libldap compares with the certificate stands in the URL.
std::string url_of(const ServerAddress& server, TlsMode mode)
{
    const bool is_v6 = server.host.find(':') != std::string::npos;
    return (mode == TlsMode::ldaps ? "ldaps://" : "ldap://") + (is_v6 ? '[' + server.host + ']' : server.host) + ':' +
           std::to_string(server.port);
}

bool set(LDAP* ldap, int option, const void* value)
{
    return ldap_set_option(ldap, option, value) == LDAP_OPT_SUCCESS;
}

bool set_number(LDAP* ldap, int option, int value)
{
    return set(ldap, option, &value);
}
} // namespace

Awaitable<Result<void>> LdapConnection::open(const ServerAddress& server, const TlsSettings& tls, Deadline deadline)
{
    auto done = co_await connect(server, deadline);
    if (done)
        done = attach(server, tls.mode);
    if (done && tls.mode == TlsMode::starttls)
        done = co_await start_tls(deadline);
    if (done && tls.mode != TlsMode::clear_text)
        done = co_await shake_hands(tls, deadline);
    if (state_ == State::closed)
        co_return unavailable(why_closed_);
    if (!done) {
        close(done.error().text);
        co_return done;
    }
    state_ = State::open;
    last_heard_ = Clock::now();
    flush(); // what the handshake left in memory
    drain();
    if (state_ == State::open)
        receive();
    co_return done;
}

Awaitable<Result<void>> LdapConnection::connect(const ServerAddress& server, Deadline deadline)
{
    std::string why = "its name has no address";
    for (std::size_t i = 0; i < server.addresses.size() && state_ == State::opening; ++i) {
        const auto left = (deadline - Clock::now()) / static_cast<int>(server.addresses.size() - i);
        DeadlineWheel::Alarm alarm(DeadlineWheel::of(thread_.context()));
        bool late = false;
        alarm.arm(Clock::now() + left, [&] {
            late = true;
            boost::system::error_code ignored;
            socket_.close(ignored);
        });
        auto [error] = co_await socket_.async_connect(tcp::endpoint(server.addresses[i], server.port), as_result);
        if (!error && state_ == State::opening) {
            set_socket_options(socket_);
            co_return Result<void>{};
        }
        const std::string where = server.addresses[i].to_string() + " port " + std::to_string(server.port);
        why = late ? "no connection to " + where + " in time" : where + ": " + error.message();
        boost::system::error_code ignored;
        socket_.close(ignored);
    }
    if (state_ == State::closed)
        co_return unavailable(why_closed_);
    co_return unavailable(std::move(why));
}

Result<void> LdapConnection::attach(const ServerAddress& server, TlsMode mode)
{
    prepare_libldap();
    LDAP* handle = nullptr;
    const int code = ldap_init_fd(socket_.native_handle(), LDAP_PROTO_EXT, url_of(server, mode).c_str(), &handle);
    if (code != LDAP_SUCCESS)
        return unavailable("libldap does not take the connection: " + describe_result(code));
    // First of all the layer: libldap's farewell, too, goes through it.
    if (ldap_get_option(handle, LDAP_OPT_SOCKBUF, &sockbuf_) != LDAP_OPT_SUCCESS ||
        ber_sockbuf_add_io(sockbuf_, &LdapPipe::layer(), LBER_SBIOD_LEVEL_PROVIDER, &pipe_) != 0) {
        ldap_destroy(handle);
        return unavailable("libldap does not take a transport of our own");
    }
    ldap_.reset(handle);
    ber_len_t limit = max_message;
    const timeval no_limit{-1, 0}; // deadlines are kept here, and libldap never waits
    const bool ready = set_number(handle, LDAP_OPT_PROTOCOL_VERSION, LDAP_VERSION3) &&
                       set(handle, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) && // never followed: they lead anywhere
                       set(handle, LDAP_OPT_KEEPCONN, LDAP_OPT_ON) &&   // libldap must never connect by itself
                       set(handle, LDAP_OPT_NETWORK_TIMEOUT, &no_limit) && set(handle, LDAP_OPT_TIMEOUT, &no_limit) &&
                       set_number(handle, LDAP_OPT_DEREF, LDAP_DEREF_NEVER) &&
                       ber_sockbuf_ctrl(sockbuf_, LBER_SB_OPT_SET_MAX_INCOMING, &limit) > 0;
    if (!ready)
        return unavailable("libldap refuses an option that is needed");
    return {};
}

Result<void> LdapConnection::set_tls_options(const TlsSettings& tls)
{
    const std::string certificates = tls.ca_file.empty() ? system_certificates : tls.ca_file;
    LDAP* const handle = ldap_.get();
    const int verify = tls.verify ? LDAP_OPT_X_TLS_DEMAND : LDAP_OPT_X_TLS_NEVER;
    const bool ready = set_number(handle, LDAP_OPT_X_TLS_REQUIRE_CERT, verify) &&
                       set(handle, LDAP_OPT_X_TLS_CACERTDIR, nullptr) &&
                       (!tls.verify || set(handle, LDAP_OPT_X_TLS_CACERTFILE, certificates.c_str())) &&
                       set_number(handle, LDAP_OPT_X_TLS_PROTOCOL_MIN, LDAP_OPT_X_TLS_PROTOCOL_TLS1_2);
    if (!ready)
        return unavailable("libldap refuses a TLS option that is needed");
    if (!set_number(handle, LDAP_OPT_X_TLS_NEWCTX, 0)) // takes the options above; reads the file
        return unavailable("cannot use the certificates of " + certificates + " (expected PEM)");
    return {};
}

Awaitable<Result<void>> LdapConnection::start_tls(Deadline deadline)
{
    int id = 0;
    const int sent = ldap_extended_operation(ldap_.get(), LDAP_EXOP_START_TLS, nullptr, nullptr, nullptr, &id);
    if (sent != LDAP_SUCCESS)
        co_return unavailable("cannot ask for StartTLS: " + describe_result(sent));
    Pending pending(thread_);
    flush();
    receive();
    if (auto answered = co_await answer(pending, id, deadline); !answered)
        co_return answered;
    int code = LDAP_OTHER;
    char* text = nullptr;
    ldap_parse_result(ldap_.get(), pending.final.get(), &code, nullptr, &text, nullptr, nullptr, 0);
    const LdapText owned(text);
    if (code != LDAP_SUCCESS)
        co_return unavailable("StartTLS is refused: " + describe_result(code) + (text ? std::string(": ") + text : ""));
    if (pipe_.has_input())
        co_return unavailable("bytes in clear text follow the answer to StartTLS: somebody may be adding to it");
    co_return Result<void>{};
}

Awaitable<Result<void>> LdapConnection::shake_hands(const TlsSettings& tls, Deadline deadline)
{
    Waiter waiter(thread_, Waiter::AtStop::stay); // the pool uses this frame: stop() shuts the socket down instead
    const auto work = asio::make_work_guard(thread_.context());
    Result<void> done;
    shaking_hands_ = true;
    pipe_.wait_on(socket_.native_handle(), deadline);
    const auto submitted = network_.submit([&] {
        done = set_tls_options(tls);
        if (done && ldap_install_tls(ldap_.get()) != LDAP_SUCCESS)
            done = invalid("TLS handshake failed: " + last_libldap_error());
        asio::post(thread_.context(), [&] { waiter.wake(); });
    });
    if (submitted)
        co_await waiter.wait(Deadline::max());
    pipe_.wait_no_more();
    shaking_hands_ = false;
    if (!submitted)
        co_return submitted;
    if (!done && Clock::now() >= deadline)
        co_return past_deadline("no TLS handshake in time");
    co_return done;
}

} // namespace gatehouse::directory
