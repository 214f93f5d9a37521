#include "../client/native_peer.hpp"
#include "base/listening.hpp"
#include "web/pages.hpp"
#include "web/server.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

using namespace gatehouse;
using namespace gatehouse::web;
using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace
{

std::uint16_t port_of(int socket)
{
    sockaddr_in address{};
    socklen_t length = sizeof address;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
    return ntohs(address.sin_port);
}

/// A browser reduced to its socket.
class Browser
{
public:
    explicit Browser(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    ~Browser() { ::close(socket_); }
    Browser(const Browser&) = delete;
    Browser& operator=(const Browser&) = delete;

    bool connected() const { return connected_; }
    void send(std::string_view text) const { (void)!::send(socket_, text.data(), text.size(), MSG_NOSIGNAL); }

    /// The next response, whole by its Content-Length; empty when the server closed first.
    std::string response(bool to_head = false)
    {
        for (;;) {
            const std::size_t end = buffer_.find("\r\n\r\n");
            if (end != std::string::npos) {
                const std::size_t at = buffer_.find("Content-Length: ");
                const std::size_t body = at < end && !to_head ? std::stoul(buffer_.substr(at + 16)) : 0;
                if (buffer_.size() >= end + 4 + body) {
                    std::string out = buffer_.substr(0, end + 4 + body);
                    buffer_.erase(0, out.size());
                    return out;
                }
            }
            if (!more())
                return {};
        }
    }
    bool closed_by_server() { return buffer_.empty() && !more(); }

private:
    bool more()
    {
        pollfd one{socket_, POLLIN, 0};
        std::array<char, 4096> piece{};
        if (::poll(&one, 1, 5000) <= 0)
            return false;
        const ssize_t got = ::recv(socket_, piece.data(), piece.size(), 0);
        if (got > 0)
            buffer_.append(piece.data(), static_cast<std::size_t>(got));
        return got > 0;
    }

    int socket_;
    bool connected_ = false;
    std::string buffer_;
};

/// The web server under test on a thread of its own, asking an authd that runs on others.
class Campus
{
public:
    explicit Campus(NativePeer::Serve serve = judging(), ServerLimits limits = {}, PageSettings settings = {})
    {
        if (serve)
            peer_.emplace(socket(), std::move(serve));
        const int listening = open_listening("127.0.0.1:0").value();
        port_ = port_of(listening);
        authd_.emplace(io_, client::Settings{.socket = socket(), .patience = 200ms});
        pages_.emplace(*authd_, std::move(settings));
        server_.emplace(io_, *pages_, limits);
        server_->listen(listening);
        thread_ = std::thread([this] { io_.run(); });
    }
    ~Campus()
    {
        io_.stop();
        thread_.join();
    }

    std::uint16_t port() const { return port_; }
    std::string ask(const std::string& request) const
    {
        Browser browser(port_);
        browser.send(request);
        return browser.response();
    }
    void drain()
    {
        boost::asio::post(io_, [this] { server_->drain(); });
    }

private:
    std::string socket() const { return (folder_.path / "native").string(); }

    ScratchFolder folder_;
    std::optional<NativePeer> peer_;
    std::uint16_t port_ = 0;
    boost::asio::io_context io_;
    std::optional<client::Authd> authd_;
    std::optional<Pages> pages_;
    std::optional<Server> server_;
    std::thread thread_;
};

std::string get(const std::string& path, const std::string& headers = {})
{
    return "GET " + path + " HTTP/1.1\r\nHost: web\r\n" + headers + "\r\n";
}

std::string login(std::string_view password, std::string_view name = "alice")
{
    const auto value = wire::encode_http_basic(name, secret(password)).value();
    return "Authorization: " + std::string(value.view()) + "\r\n";
}

bool is(const std::string& response, int status)
{
    return response.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
}

} // namespace

TEST_CASE("a web page lets in the right password, asks again for a wrong one, and waits through an outage", "[unit]")
{
    const Campus campus;
    const std::string granted = campus.ask(get("/auth", login("right")));
    REQUIRE(is(granted, 200));
    REQUIRE(granted.contains("\r\nX-Gatehouse-User: alice\r\n"));
    REQUIRE(granted.contains("\r\nX-Gatehouse-Realm: CAMPUS\r\n"));
    REQUIRE(granted.contains("\r\nCache-Control: no-store\r\n"));

    const std::string denied = campus.ask(get("/auth", login("wrong")));
    REQUIRE(is(denied, 401));
    REQUIRE(denied.contains("\r\nWWW-Authenticate: Basic realm=\"Gatehouse\", charset=\"UTF-8\"\r\n"));
    REQUIRE_FALSE(denied.contains("X-Gatehouse"));

    const std::string outage = campus.ask(get("/auth", login("outage")));
    REQUIRE(is(outage, 503));
    REQUIRE(outage.contains("\r\nRetry-After: "));

    REQUIRE(is(campus.ask(get("/auth")), 401));
    REQUIRE(is(campus.ask(get("/auth", "Authorization: Bearer abc\r\n")), 401));
    REQUIRE(is(campus.ask(get("/healthz")), 200));
    REQUIRE(is(campus.ask(get("/")), 404));
    REQUIRE(is(campus.ask("POST /auth HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\n\r\n"), 405));
}

TEST_CASE("without authd a login is an outage, never a wrong password", "[unit]")
{
    const Campus campus(nullptr);
    REQUIRE(is(campus.ask(get("/auth", login("right"))), 503));
    REQUIRE(is(campus.ask(get("/auth")), 401)); // no login was shown
}

TEST_CASE("a right password without admission is forbidden, with what a person may know", "[unit]")
{
    const Campus campus([](NativePeer::Session& session, wire::NativeRequest request) {
        session.send(wire::format_native_verdict(std::get<wire::NativeAuthenticate>(request).id,
                                                 Verdict::refused(Reason::not_admitted, "web admits staff"), {},
                                                 wire::NativeDetail::people));
    });
    const std::string response = campus.ask(get("/auth", login("right")));
    REQUIRE(is(response, 403));
    REQUIRE(response.ends_with("this account may not use this service\n"));
    REQUIRE_FALSE(response.contains("staff"));
}

TEST_CASE("names cannot break out of their header or look like others", "[unit]")
{
    const Campus campus([](NativePeer::Session& session, wire::NativeRequest request) {
        Person person = person_named("al\r\nX-Admin: 1");
        person.groups = {{"a,b", {}, {}}, {"größe", {}, {}}, {"100%", {}, {}}};
        session.send(wire::format_native_verdict(std::get<wire::NativeAuthenticate>(request).id,
                                                 Verdict::granted(person), {}, wire::NativeDetail::people));
    });
    const std::string response = campus.ask(get("/auth", login("right")));
    REQUIRE(is(response, 200));
    REQUIRE(response.contains("\r\nX-Gatehouse-User: al%0D%0AX-Admin%3A%201\r\n"));
    REQUIRE(response.contains("\r\nX-Gatehouse-Groups: a%2Cb,gr%C3%B6%C3%9Fe,100%25\r\n"));
}

TEST_CASE("the client's address is the peer's, or X-Real-IP's where that is trusted and one address", "[unit]")
{
    const auto asked_from = [](bool trust, const std::string& header) {
        std::atomic<bool> ready{false};
        std::string address;
        const Campus campus(
            [&](NativePeer::Session& session, wire::NativeRequest request) {
                const auto& asked = std::get<wire::NativeAuthenticate>(request);
                address = asked.client;
                ready = true;
                session.send(judge(asked));
            },
            {}, {.trust_real_ip = trust});
        (void)campus.ask(get("/auth", login("right") + header));
        return ready ? address : "not asked";
    };
    REQUIRE(asked_from(false, "X-Real-IP: 192.0.2.7\r\n") == "127.0.0.1");
    REQUIRE(asked_from(true, "X-Real-IP: 192.0.2.7\r\n") == "192.0.2.7");
    REQUIRE(asked_from(true, "X-Real-IP: 2001:DB8::1\r\n") == "2001:db8::1");
    REQUIRE(asked_from(true, "X-Real-IP: 192.0.2.7, 10.0.0.1\r\n").empty());
    REQUIRE(asked_from(true, "").empty());
}

TEST_CASE("a connection serves request after request, also those that were sent ahead", "[unit]")
{
    const Campus campus;
    Browser browser(campus.port());
    browser.send(get("/auth", login("right")));
    REQUIRE(is(browser.response(), 200));
    browser.send(get("/auth", login("wrong")) + get("/healthz") + get("/auth", login("right")));
    REQUIRE(is(browser.response(), 401));
    REQUIRE(is(browser.response(), 200));
    REQUIRE(browser.response().contains("X-Gatehouse-User: alice"));
    browser.send("HEAD /healthz HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n");
    const std::string head = browser.response(true);
    REQUIRE(is(head, 200));
    REQUIRE(head.contains("\r\nContent-Length: 3\r\n"));
    REQUIRE(browser.closed_by_server()); // and no body came
}

TEST_CASE("a request may arrive byte by byte", "[unit]")
{
    const Campus campus;
    Browser browser(campus.port());
    for (const char c : get("/auth", login("right"))) {
        browser.send({&c, 1});
        std::this_thread::sleep_for(200us);
    }
    REQUIRE(is(browser.response(), 200));
}

TEST_CASE("a peer that breaks a limit is told so and closed", "[unit]")
{
    ServerLimits limits;
    limits.request = 200ms;
    limits.idle = 300ms;
    const Campus campus(judging(), limits);

    Browser large(campus.port());
    large.send(get("/auth", "X: " + std::string(140'000, 'x') + "\r\n"));
    REQUIRE(is(large.response(), 431));
    REQUIRE(large.closed_by_server());

    Browser body(campus.port());
    body.send("POST /auth HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\n\r\nhello");
    REQUIRE(is(body.response(), 413));
    REQUIRE(body.closed_by_server());

    Browser noise(campus.port());
    noise.send("EHLO web\r\n\r\n");
    REQUIRE(is(noise.response(), 400));
    REQUIRE(noise.closed_by_server());

    Browser slow(campus.port());
    slow.send("GET /auth HT");
    REQUIRE(is(slow.response(), 408));

    Browser idle(campus.port());
    REQUIRE(idle.closed_by_server());
}

TEST_CASE("one connection more than allowed is told to come back", "[unit]")
{
    ServerLimits limits;
    limits.connections = 2;
    const Campus campus(judging(), limits);
    {
        Browser one(campus.port());
        Browser two(campus.port());
        two.send(get("/healthz"));
        REQUIRE(is(two.response(), 200));
        Browser three(campus.port());
        REQUIRE(is(three.response(), 503));
        one.send(get("/auth", login("right")));
        REQUIRE(is(one.response(), 200));
    }
    std::string later;
    for (const auto until = Clock::now() + 3s; !is(later, 200) && Clock::now() < until;)
        later = campus.ask(get("/healthz"));
    REQUIRE(is(later, 200));
}

TEST_CASE("a connection that waits for its next request holds no secret memory", "[unit]")
{
    const Campus campus;
    Browser browser(campus.port());
    browser.send(get("/auth", login("right")));
    REQUIRE(is(browser.response(), 200));
    // The other side of this test, authd's, lives in the same memory and forgets the password a moment later.
    for (const auto until = Clock::now() + 2s; SecretArena::process().used() > 0 && Clock::now() < until;)
        std::this_thread::sleep_for(1ms);
    REQUIRE(SecretArena::process().used() == 0);
}

TEST_CASE("draining lets an answer under way end and closes the rest", "[unit]")
{
    Campus campus([](NativePeer::Session& session, wire::NativeRequest request) {
        std::this_thread::sleep_for(300ms);
        session.send(judge(std::get<wire::NativeAuthenticate>(request)));
    });
    Browser busy(campus.port());
    Browser idle(campus.port());
    busy.send(get("/auth", login("right")));
    std::this_thread::sleep_for(100ms);
    campus.drain();
    REQUIRE(idle.closed_by_server());
    const std::string response = busy.response();
    REQUIRE(is(response, 200));
    REQUIRE(response.contains("\r\nConnection: close\r\n"));
    REQUIRE(busy.closed_by_server());
    REQUIRE_FALSE(Browser(campus.port()).connected());
}

TEST_CASE("places to listen at are read strictly", "[unit]")
{
    const ScratchFolder folder;
    const std::string path = "unix:" + (folder.path / "http").string();
    for (const char* bad : {"", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000",
                            "localhost:80", "::1:80", "[::1]", "unix:"})
        REQUIRE(open_listening(bad).error().kind == ErrorKind::invalid);
    const int first = open_listening(path).value();
    REQUIRE((std::filesystem::status(folder.path / "http").permissions() & std::filesystem::perms::all) ==
            static_cast<std::filesystem::perms>(0660));
    REQUIRE(open_listening(path).error().kind == ErrorKind::unavailable); // it is served
    ::close(first);
    const auto second = open_listening(path); // a leftover
    REQUIRE(second);
    ::close(*second);
}
