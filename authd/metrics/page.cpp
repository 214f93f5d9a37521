#include "metrics/page.hpp"

#include "base/deadline.hpp"
#include "base/log.hpp"
#include "base/socket_file.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

namespace gatehouse::metrics
{

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace
{
using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

constexpr std::chrono::milliseconds pause_without_descriptors{100};
constexpr std::chrono::seconds time_to_part{1};

/// ADDRESS:PORT, [IPV6]:PORT, or PORT at loopback. No names: what is bound should not depend on a resolver.
std::optional<tcp::endpoint> parse_endpoint(std::string_view text)
{
    const std::size_t colon = text.rfind(':');
    std::string host = colon == std::string_view::npos ? "127.0.0.1" : std::string(text.substr(0, colon));
    const std::string_view digits = colon == std::string_view::npos ? text : text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (fault != std::errc{} || end != digits.data() + digits.size())
        return {};
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed)
        host = host.substr(1, host.size() - 2);
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (error || address.is_v6() != bracketed)
        return {};
    return tcp::endpoint(address, port);
}

Response plain(http::status status, std::string_view text)
{
    Response response(status, 11);
    response.set(http::field::content_type, "text/plain; charset=utf-8");
    response.body() = std::string(text) + "\n";
    return response;
}

/// The answer to a request that Beast could not read; nothing when the peer left or was cut off.
std::optional<Response> answer_to_fault(const error_code& error)
{
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
        return plain(http::status::request_header_fields_too_large, "the head of a request has 8 KiB at most");
    if (error == http::error::body_limit)
        return plain(http::status::payload_too_large, "a request has no body here");
    if (error.category() != make_error_code(http::error::bad_method).category() ||
        error == http::error::end_of_stream || error == http::error::partial_message)
        return {};
    return plain(http::status::bad_request, error.message());
}
std::string text_of(const std::vector<std::shared_ptr<prometheus::Collectable>>& parts)
{
    std::vector<prometheus::MetricFamily> families;
    for (const auto& part : parts)
        std::ranges::move(part->Collect(), std::back_inserter(families));
    const prometheus::TextSerializer serializer;
    return serializer.prometheus::Serializer::Serialize(families);
}

Response answer_to(const Request& request, const std::vector<std::shared_ptr<prometheus::Collectable>>& parts)
{
    const std::string_view target(request.target().data(), request.target().size());
    if (target.substr(0, target.find('?')) != "/metrics")
        return plain(http::status::not_found, "there is only /metrics here");
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
        Response response = plain(http::status::method_not_allowed, "GET is what /metrics answers");
        response.set(http::field::allow, "GET, HEAD");
        return response;
    }
    try {
        Response response(http::status::ok, 11);
        response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
        response.body() = text_of(parts);
        return response;
    } catch (const std::exception& exception) {
        log::error("metrics: the page cannot be made: {}", exception.what());
        return plain(http::status::internal_server_error, "the page cannot be made; the daemon's log says why");
    }
}
} // namespace

struct Page::Session {
    explicit Session(Protocol::socket accepted) : socket(std::move(accepted)) {}
    Protocol::socket socket;
    boost::beast::flat_buffer received{max_head};

    /// Ends whatever waits on the socket.
    void cut()
    {
        error_code ignored;
        socket.close(ignored);
    }
};

Result<std::shared_ptr<Page>> Page::open(asio::io_context& io, const PageSettings& settings)
{
    constexpr std::string_view unix_prefix = "unix:";
    std::shared_ptr<Page> page(new Page(io, settings.listen));
    const auto bound = settings.listen.starts_with(unix_prefix)
                           ? page->bind_file(settings.listen.substr(unix_prefix.size()))
                           : page->bind_address();
    if (!bound)
        return std::unexpected(bound.error());
    return page;
}

Page::~Page()
{
    close();
}

Result<void> Page::bind_address()
{
    const auto endpoint = parse_endpoint(listen_);
    if (!endpoint)
        return invalid("metrics: cannot listen on \"" + listen_ +
                       "\": expected ADDRESS:PORT, [IPV6-ADDRESS]:PORT, PORT or unix:PATH");
    const auto refused = [&](const char* what, const error_code& error) {
        return unavailable("metrics: " + listen_ + ": cannot " + what + ": " + error.message());
    };
    error_code error;
    if (acceptor_.open(Protocol(endpoint->protocol()), error); error)
        return refused("make a socket", error);
    acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (acceptor_.bind(Protocol::endpoint(*endpoint), error); error)
        return refused("be bound", error);
    if (acceptor_.listen(asio::socket_base::max_listen_connections, error); error)
        return refused("be listened on", error);
    return {};
}

Result<void> Page::bind_file(const std::string& path)
{
    const auto fd = open_socket_file({.path = path});
    if (!fd)
        return std::unexpected(Error{fd.error().kind, "metrics: " + fd.error().text});
    acceptor_.assign(Protocol(AF_UNIX, 0), *fd);
    file_ = path;
    inode_ = inode_of(path);
    return {};
}

std::uint16_t Page::port() const
{
    error_code error;
    const Protocol::endpoint local = acceptor_.local_endpoint(error);
    if (error || !file_.empty())
        return 0;
    tcp::endpoint endpoint;
    endpoint.resize(local.size());
    std::memcpy(endpoint.data(), local.data(), local.size());
    return endpoint.port();
}

void Page::start()
{
    asio::co_spawn(io_, accept(shared_from_this()), asio::detached);
}

void Page::close()
{
    if (!acceptor_.is_open())
        return;
    error_code ignored;
    acceptor_.close(ignored);
    for (Session* session : sessions_)
        session->cut();
    if (inode_ != 0 && inode_of(file_) == inode_)
        ::unlink(file_.c_str());
}

Awaitable<void> Page::accept(std::shared_ptr<Page> self)
{
    while (self->acceptor_.is_open()) {
        auto [error, socket] = co_await self->acceptor_.async_accept(as_result);
        if (!self->acceptor_.is_open())
            co_return;
        if (error) { // no descriptor is left, or the peer has gone already
            log::warn("metrics: {}: a connection cannot be accepted: {}", self->listen_, error.message());
            asio::steady_timer pause(self->io_, pause_without_descriptors);
            (void)co_await pause.async_wait(as_result);
            continue;
        }
        if (self->sessions_.size() < max_connections)
            asio::co_spawn(self->io_, serve(self, std::make_shared<Session>(std::move(socket))), asio::detached);
    }
}

Awaitable<void> Page::serve(std::shared_ptr<Page> self, std::shared_ptr<Session> session)
{
    struct Place {
        std::set<Session*>& sessions;
        Session* session;
        ~Place() { sessions.erase(session); }
    };
    self->sessions_.insert(session.get());
    const Place place{self->sessions_, session.get()};
    DeadlineWheel::Alarm alarm(DeadlineWheel::of(self->io_));
    do
        alarm.arm(Clock::now() + patience, [&] { session->cut(); });
    while (co_await self->serve_one(*session));

    // Closing over bytes that were not read would reset the connection, and the peer might not see the answer.
    error_code error;
    session->socket.shutdown(Protocol::socket::shutdown_send, error);
    alarm.arm(Clock::now() + time_to_part, [&] { session->cut(); });
    for (std::array<char, 512> rest{}; !error;)
        std::tie(error, std::ignore) = co_await session->socket.async_read_some(asio::buffer(rest), as_result);
}

/// One request and its answer. True: another may follow.
Awaitable<bool> Page::serve_one(Session& session)
{
    http::request_parser<http::empty_body> request;
    request.header_limit(max_head);
    const auto [error, got] = co_await http::async_read_header(session.socket, session.received, request, as_result);
    std::optional<Response> response = error ? answer_to_fault(error) : answer_to(request.get(), parts_);
    if (!response)
        co_return false;
    response->keep_alive(!error && request.is_done() && request.keep_alive());
    response->prepare_payload();
    if (!error && request.get().method() == http::verb::head)
        response->body().clear();
    const auto [lost, sent] = co_await http::async_write(session.socket, *response, as_result);
    co_return !lost && response->keep_alive();
}

} // namespace gatehouse::metrics
