// The relay between sockets: a client's side and an old daemon's side that do what the real ones rarely do.
#include "shadow/relay.hpp"

#include "base/socket_file.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <optional>

using namespace gatehouse;
using namespace gatehouse::shadow;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using Local = asio::local::stream_protocol;

namespace
{
std::string counted(std::string_view text)
{
    return std::string{static_cast<char>(text.size() >> 8), static_cast<char>(text.size() & 0xff)}.append(text);
}
const std::string four = counted("alice") + counted("hers") + counted("imap") + counted("campus.example");

/// A relay with both of its sides on one io_context.
struct Bench {
    Bench()
    {
        std::string pattern = "/tmp/gatehouse-unit-XXXXXX";
        folder = ::mkdtemp(pattern.data());
        old.emplace(io, Local::endpoint((folder / "old").string()));
        const auto socket = open_socket_file({.path = (folder / "new").string()});
        REQUIRE(socket);
        relay = std::make_shared<Relay>(
            io, (folder / "old").string(), RelayLimits{.connections = 2, .request = 300ms, .old = 300ms},
            [&](wire::SaslauthdRequest request, wire::SaslauthdAnswer answer) {
                asked.emplace(std::move(request));
                answered.emplace(std::move(answer));
            },
            [&](std::string_view why) { outage = why; });
        relay->listen(Descriptor(*socket));
    }
    ~Bench()
    {
        relay->close();
        io.run_for(1s);
        std::filesystem::remove_all(folder);
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    Local::socket client()
    {
        Local::socket socket(io);
        socket.connect(Local::endpoint((folder / "new").string()));
        return socket;
    }
    /// The old daemon's side of the next client. The relay runs meanwhile.
    Local::socket accepted()
    {
        std::optional<Local::socket> socket;
        old->async_accept([&](auto error, Local::socket peer) {
            REQUIRE_FALSE(error);
            socket.emplace(std::move(peer));
        });
        run_until([&] { return socket.has_value(); });
        return std::move(*socket);
    }
    std::string read(Local::socket& socket, std::size_t size)
    {
        std::string bytes(size, '\0');
        std::optional<std::size_t> got;
        asio::async_read(socket, asio::buffer(bytes), [&](auto, std::size_t read) { got = read; });
        run_until([&] { return got.has_value(); });
        bytes.resize(*got);
        return bytes;
    }
    void write(Local::socket& socket, const std::string& bytes)
    {
        asio::write(socket, asio::buffer(bytes));
        io.run_for(20ms);
    }
    template <class Condition>
    void run_until(Condition holds)
    {
        for (const Deadline end = Clock::now() + 5s; !holds() && Clock::now() < end;)
            io.run_one_for(10ms);
        REQUIRE(holds());
    }

    asio::io_context io;
    std::filesystem::path folder;
    std::optional<Local::acceptor> old;
    std::shared_ptr<Relay> relay;
    std::optional<wire::SaslauthdRequest> asked;
    std::optional<wire::SaslauthdAnswer> answered;
    std::string outage;
};
} // namespace

TEST_CASE("a request is passed on byte for byte, a fifth string that comes late too, and the answer as it is", "[unit]")
{
    Bench bench;
    auto client = bench.client();
    bench.write(client, four.substr(0, 11));
    bench.write(client, four.substr(11));
    auto old = bench.accepted();
    CHECK(bench.read(old, four.size()) == four);
    const std::string fifth = counted("192.0.2.7;4711");
    bench.write(client, fifth);
    CHECK(bench.read(old, fifth.size()) == fifth);

    const std::string answer = counted("OK words of its own\n");
    bench.write(old, answer.substr(0, 3));
    bench.write(old, answer.substr(3));
    CHECK(bench.read(client, 1000) == answer); // and then it closes
    REQUIRE(bench.asked);
    CHECK(bench.asked->login == "alice");
    CHECK(bench.asked->password.view() == "hers");
    CHECK(bench.asked->realm == "campus.example");
    CHECK(bench.asked->client_address == "192.0.2.7");
    CHECK(bench.answered->ok);
    CHECK(bench.answered->text == "words of its own\n");
    CHECK(bench.relay->connections() == 0);
}

TEST_CASE("an answer that is none reaches the client, and is compared with nothing", "[unit]")
{
    Bench bench;
    auto client = bench.client();
    bench.write(client, four);
    auto old = bench.accepted();
    bench.write(old, counted("what?"));
    CHECK(bench.read(client, 1000) == counted("what?"));
    CHECK_FALSE(bench.answered);
    CHECK_FALSE(bench.outage.empty());
}

TEST_CASE("where the old daemon closes early, cuts its answer or hangs, the client is closed without an answer",
          "[unit]")
{
    Bench bench;
    for (const std::string& said : {std::string(), std::string("\0", 1), std::string("\0\5NO", 4)}) {
        auto client = bench.client();
        bench.write(client, four);
        auto old = bench.accepted();
        bench.write(old, said);
        old.close();
        CHECK(bench.read(client, 1000).empty());
        CHECK(bench.outage.ends_with("it closed without an answer"));
        bench.outage.clear();
    }
    auto client = bench.client();
    bench.write(client, four);
    auto old = bench.accepted();
    CHECK(bench.read(client, 1000).empty()); // late
    CHECK(bench.outage.ends_with("it did not answer in time"));
    CHECK_FALSE(bench.answered);
}

TEST_CASE("a client that is slow, leaves, or asks half is dropped without troubling the old daemon", "[unit]")
{
    Bench bench;
    {
        auto client = bench.client();
        bench.write(client, four.substr(0, four.size() - 1));
    }
    bench.run_until([&] { return bench.relay->broken() == 1; });
    auto client = bench.client();
    bench.write(client, four.substr(0, 3));
    CHECK(bench.read(client, 1000).empty());
    CHECK(bench.relay->broken() == 2);
    bench.old->non_blocking(true);
    boost::system::error_code error;
    Local::socket nobody(bench.io);
    bench.old->accept(nobody, error);
    CHECK(error == asio::error::would_block);
}

TEST_CASE("a client that leaves before the answer does not change what was asked and answered", "[unit]")
{
    Bench bench;
    auto client = bench.client();
    bench.write(client, four);
    auto old = bench.accepted();
    client.close();
    bench.io.run_for(20ms);
    bench.write(old, counted("NO"));
    bench.run_until([&] { return bench.answered.has_value(); });
    CHECK_FALSE(bench.answered->ok);
}

TEST_CASE("more clients than may be open wait until one leaves", "[unit]")
{
    Bench bench;
    auto first = bench.client();
    auto second = bench.client();
    auto third = bench.client();
    for (auto* client : {&first, &second, &third})
        bench.write(*client, four);
    auto old_first = bench.accepted();
    auto old_second = bench.accepted();
    CHECK(bench.relay->connections() == 2);
    bench.write(old_first, counted("OK"));
    auto old_third = bench.accepted();
    bench.write(old_third, counted("OK"));
    CHECK(bench.read(third, 1000) == counted("OK"));
}
