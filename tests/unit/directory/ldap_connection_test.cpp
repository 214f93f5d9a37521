// What no real server does, done by a script on a loopback socket: the realm's one thread must survive it and never
// wait.
#include "directory/crossing.hpp"
#include "directory/ldap_connection.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <catch2/catch.hpp>

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace gatehouse;
using namespace gatehouse::directory;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace
{
/// BER (X.690) with short lengths.
std::string ber(char tag, const std::string& content)
{
    return std::string{tag, static_cast<char>(content.size())} + content;
}

std::string message(char id, const std::string& operation)
{
    return ber(0x30, ber(2, std::string(1, id)) + operation);
}

std::string result(char tag, char code, const std::string& text = {})
{
    return ber(tag, ber(0x0a, std::string(1, code)) + ber(4, "") + ber(4, text));
}

const std::string bind_success = message(1, result(0x61, 0));
const std::string start_tls_success = message(1, result(0x78, 0));
const std::string entry = message(1, ber(0x64, ber(4, "uid=x,dc=y") + ber(0x30, "")));
const std::string notice = message(
    0, ber(0x78, ber(0x0a, "\x34") + ber(4, "") + ber(4, "going down") + ber('\x8a', "1.3.6.1.4.1.1466.20036")));

/// Takes one connection and one request, then says its lines with a pause between them.
class ScriptedServer
{
public:
    ScriptedServer(std::vector<std::string> lines, bool then_close)
        : thread_([this, lines = std::move(lines), then_close](const std::stop_token& stop) {
              tcp::socket client(context_);
              acceptor_.accept(client);
              std::array<char, 512> request{};
              boost::system::error_code error;
              client.read_some(asio::buffer(request), error);
              for (const std::string& line : lines) {
                  asio::write(client, asio::buffer(line), error);
                  std::this_thread::sleep_for(1ms);
              }
              while (!then_close && !stop.stop_requested())
                  std::this_thread::sleep_for(5ms);
          })
    {
    }

    ServerAddress address() const
    {
        return {"127.0.0.1", acceptor_.local_endpoint().port(), {asio::ip::address_v4::loopback()}};
    }

private:
    asio::io_context context_;
    tcp::acceptor acceptor_{context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
    std::jthread thread_;
};

enum class Ask { bind, search, start_tls };

/// Opens a connection to a server with this script, asks once with 300 ms to spare, and tells what came of it: the
/// result code, or the error.
std::string outcome(Ask ask, std::vector<std::string> lines, bool then_close = false)
{
    ScriptedServer server(std::move(lines), then_close);
    BlockingPool network("network", 1, 4);
    DirectoryThread thread("test");
    auto asking = [&]() -> Awaitable<std::string> {
        const auto connection = std::make_shared<LdapConnection>(thread, network);
        const TlsSettings tls{.mode = ask == Ask::start_tls ? TlsMode::starttls : TlsMode::clear_text};
        const auto opened = co_await connection->open(server.address(), tls, Clock::now() + 5s);
        if (!opened)
            co_return opened.error().text;
        std::string told;
        if (ask == Ask::bind) {
            const auto answer = co_await connection->bind("cn=x", "secret", false, Clock::now() + 300ms);
            told = answer ? std::to_string(answer->result.code) : answer.error().text;
        } else {
            const SearchRequest request{.base = "dc=y", .max_entries = 2};
            const auto answer = co_await connection->search(request, Clock::now() + 300ms);
            told = answer ? std::to_string(answer->result.code) + " with " + std::to_string(answer->entries.size())
                          : answer.error().text;
        }
        connection->close("done");
        co_return told;
    };
    asio::io_context worker(1);
    std::string told = "nothing";
    asio::co_spawn(worker, [&]() -> Awaitable<void> { told = co_await cross_over(thread, asking); }, asio::detached);
    worker.run();
    return told;
}

std::vector<std::string> byte_by_byte(const std::string& text)
{
    std::vector<std::string> bytes;
    for (const char c : text)
        bytes.emplace_back(1, c);
    return bytes;
}
} // namespace

TEST_CASE("an answer is understood however it arrives", "[unit]")
{
    REQUIRE(outcome(Ask::bind, {bind_success}) == "0");
    REQUIRE(outcome(Ask::bind, byte_by_byte(bind_success)) == "0");
    REQUIRE(outcome(Ask::bind, {message(1, result(0x61, 49))}) == "49");
    REQUIRE(outcome(Ask::bind, {message(9, result(0x61, 0)) + message(1, result(0x61, 49))}) == "49"); // 9 is nobody's
    REQUIRE(outcome(Ask::search, {entry + message(1, ber(0x73, ber(4, "ldap://elsewhere/"))) +
                                  message(1, result(0x65, 0))}) == "0 with 1"); // the reference is not followed
}

TEST_CASE("half an answer and silence end at the deadline", "[unit]")
{
    REQUIRE(outcome(Ask::bind, {bind_success.substr(0, 7)}) == "no answer in time");
    REQUIRE(outcome(Ask::bind, {}) == "no answer in time");
    REQUIRE(outcome(Ask::search, {entry}) == "no answer in time");
}

TEST_CASE("what is not LDAP, or too long, ends the connection at once and says so", "[unit]")
{
    const std::string page = "HTTP/1.1 400 Bad Request\r\n\r\n" + std::string(100, ' '); // as BER: 84 bytes will come
    for (const std::string& bytes :
         {page, "\x30\x84\x7f\xff\xff\xff\x02\x01"s, "\x31\x03\x02\x01\x01"s, "\x30\x80\x02\x01"s}) {
        const std::string told = outcome(Ask::bind, {bytes});
        CAPTURE(told);
        CHECK(told.starts_with("what the server sent is no LDAP message"));
    }
}

TEST_CASE("a server that leaves ends the wait, with its reason when it gives one", "[unit]")
{
    REQUIRE(outcome(Ask::bind, {}, true) == "the server closed the connection");
    REQUIRE(outcome(Ask::bind, {bind_success.substr(0, 5)}, true) == "the server closed the connection");
    REQUIRE(outcome(Ask::bind, {notice}) == "the server ends the connection: Server is unavailable (52): going down");
}

TEST_CASE("more entries than asked for are a result of their own", "[unit]")
{
    REQUIRE(outcome(Ask::search, {entry + entry + entry + entry}) == "4 with 2");
}

TEST_CASE("clear text after the answer to StartTLS is refused", "[unit]")
{
    REQUIRE(outcome(Ask::start_tls, {start_tls_success + bind_success}).starts_with("bytes in clear text follow"));
    REQUIRE(outcome(Ask::start_tls, {message(1, result(0x78, 2))}).starts_with("StartTLS is refused"));
    REQUIRE(outcome(Ask::start_tls, {start_tls_success}, true).starts_with("TLS handshake failed"));
}
