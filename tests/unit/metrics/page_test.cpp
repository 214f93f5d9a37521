#include "metrics/page.hpp"

#include "../scratch_folder.hpp"
#include "base/deadline.hpp"
#include "metrics/families.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include <array>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <unistd.h>

using namespace gatehouse;
using namespace std::chrono_literals;
using Catch::Contains;
using Catch::StartsWith;

namespace asio = boost::asio;

namespace
{
/// What a program would tell.
struct Thirteen : prometheus::Collectable {
    std::vector<prometheus::MetricFamily> Collect() const override
    {
        metrics::Families families;
        metrics::tell(families, metrics::Type::Gauge, "gatehouse_thirteen", "a test's", 13, {{"kind", "good"}});
        return families;
    }
};
struct Failing : prometheus::Collectable {
    std::vector<prometheus::MetricFamily> Collect() const override { throw std::runtime_error("on purpose"); }
};

/// A page that is served from a thread of its own at a Unix socket.
class ServedPage
{
public:
    explicit ServedPage(std::shared_ptr<prometheus::Collectable> part = std::make_shared<Thirteen>())
    {
        auto opened = metrics::Page::open(io_, {.listen = "unix:" + file().string()});
        REQUIRE(opened);
        page_ = *opened;
        page_->add(std::move(part));
        page_->start();
        thread_ = std::jthread([this] { io_.run(); });
    }
    ~ServedPage()
    {
        asio::post(io_, [this] { page_->close(); });
        thread_.join();
    }

    std::filesystem::path file() const { return scratch_ / "metrics"; }
    asio::local::stream_protocol::socket connect()
    {
        asio::local::stream_protocol::socket socket(clients_);
        socket.connect(asio::local::stream_protocol::endpoint(file().string()));
        return socket;
    }
    /// Sends what is given and reads until the page closes the connection.
    std::string told(const std::string& request)
    {
        auto socket = connect();
        asio::write(socket, asio::buffer(request));
        socket.shutdown(asio::socket_base::shutdown_send);
        return rest_of(socket);
    }
    static std::string rest_of(asio::local::stream_protocol::socket& socket)
    {
        std::string answer;
        boost::system::error_code error;
        asio::read(socket, asio::dynamic_buffer(answer), error);
        CHECK(error == asio::error::eof);
        return answer;
    }

private:
    ScratchFolder scratch_;
    asio::io_context io_{1};
    asio::io_context clients_;
    std::shared_ptr<metrics::Page> page_;
    std::jthread thread_;
};

auto has_line(const std::string& line)
{
    return Contains("\n" + line + "\n");
}
} // namespace

TEST_CASE("GET /metrics answers the page in Prometheus' format", "[unit]")
{
    ServedPage page;
    const std::string answer = page.told("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    REQUIRE_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    REQUIRE_THAT(answer, Contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    REQUIRE_THAT(answer, has_line(R"(gatehouse_thirteen{kind="good"} 13)"));
}

TEST_CASE("a connection to the page is kept for further requests", "[unit]")
{
    ServedPage page;
    const std::string request = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    const std::string answer = page.told(request + "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n" +
                                         "GET / HTTP/1.1\r\nHost: x\r\n\r\n" + request);
    std::size_t pages = 0;
    for (std::size_t at = 0; (at = answer.find("# TYPE gatehouse_thirteen", at)) != std::string::npos; ++at)
        ++pages;
    REQUIRE(pages == 2);
    REQUIRE_THAT(answer, Contains("HTTP/1.1 404 Not Found"));
}

TEST_CASE("another path is 404 and another method 405", "[unit]")
{
    ServedPage page;
    REQUIRE_THAT(page.told("GET /metricsx HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
    const std::string answer = page.told("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
    REQUIRE_THAT(answer, StartsWith("HTTP/1.1 405 "));
    REQUIRE_THAT(answer, Contains("\r\nAllow: GET, HEAD\r\n"));
    REQUIRE_THAT(answer, Contains("\r\nConnection: close\r\n"));
    REQUIRE_THAT(page.told("GET /metrics?x=1 HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("a head over 8 KiB is 431, what is no HTTP is 400, and a part that fails is 500", "[unit]")
{
    ServedPage page;
    const std::string large(metrics::Page::max_head, 'x');
    REQUIRE_THAT(page.told("GET /metrics HTTP/1.1\r\nX: " + large + "\r\n\r\n"), StartsWith("HTTP/1.1 431 "));
    REQUIRE_THAT(page.told("\x16\x03\x01 hello\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
    REQUIRE(page.told("GET /met").empty());

    ServedPage failing(std::make_shared<Failing>());
    const std::string answer = failing.told("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    REQUIRE_THAT(answer, StartsWith("HTTP/1.1 500 "));
    REQUIRE_THAT(answer, !Contains("on purpose"));
}

TEST_CASE("connections beyond the limit are closed, and served again when there is room", "[unit]")
{
    ServedPage page;
    std::vector<asio::local::stream_protocol::socket> open;
    const std::string request = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    for (std::size_t i = 0; i < metrics::Page::max_connections; ++i) {
        open.push_back(page.connect());
        asio::write(open.back(), asio::buffer(request));
        std::array<char, 12> begin{};
        asio::read(open.back(), asio::buffer(begin)); // it has a place now
    }
    auto late = page.connect();
    std::array<char, 1> nothing{};
    boost::system::error_code error;
    late.read_some(asio::buffer(nothing), error);
    REQUIRE(error == asio::error::eof);

    open.pop_back();
    const auto served = [&] { return page.told(request).starts_with("HTTP/1.1 200 "); };
    bool again = false;
    for (int i = 0; i < 500 && !again; ++i) {
        std::this_thread::sleep_for(10ms);
        again = served();
    }
    REQUIRE(again);
}

TEST_CASE("a place where the page cannot listen is an error that names the place and the cause", "[unit]")
{
    asio::io_context io;
    for (const char* listen : {"", "nowhere", "localhost:9470", "127.0.0.1:99999", "::1:9470", "[127.0.0.1]:9470"}) {
        const auto refused = metrics::Page::open(io, {.listen = listen});
        REQUIRE(!refused);
        REQUIRE(refused.error().kind == ErrorKind::invalid);
        REQUIRE_THAT(refused.error().text, Contains("\"" + std::string(listen) + "\": expected ADDRESS:PORT"));
    }
    const auto first = metrics::Page::open(io, {.listen = "0"}); // any free port, at loopback
    REQUIRE(first);
    const std::string taken = "127.0.0.1:" + std::to_string((*first)->port());
    const auto second = metrics::Page::open(io, {.listen = taken});
    REQUIRE(!second);
    REQUIRE(second.error().kind == ErrorKind::unavailable);
    REQUIRE(second.error().text == "metrics: " + taken + ": cannot be bound: Address already in use");

    const auto no_folder = metrics::Page::open(io, {.listen = "unix:/nonexistent/metrics"});
    REQUIRE(!no_folder);
    REQUIRE_THAT(no_folder.error().text, Contains("/nonexistent/metrics") && Contains("No such file"));
}

TEST_CASE("the page removes its socket file when it is closed, and ends with its io_context", "[unit]")
{
    const ScratchFolder scratch;
    const std::string file = scratch / "metrics";
    asio::io_context clients;
    asio::local::stream_protocol::socket client(clients);
    auto io = std::make_unique<asio::io_context>(1);
    auto page = metrics::Page::open(*io, {.listen = "unix:" + file}).value();
    page->start();
    client.connect(asio::local::stream_protocol::endpoint(file));
    io->poll(); // the connection waits for its first request
    REQUIRE(std::filesystem::exists(file));
    SECTION("closed, and polled")
    {
        page->close();
        io->poll();
        page.reset();
    }
    SECTION("forgotten: the io_context holds what is left of it")
    {
        page.reset();
    }
    io.reset();
    REQUIRE(!std::filesystem::exists(file));
}
