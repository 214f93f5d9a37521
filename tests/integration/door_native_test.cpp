// The native door, spoken by authd/client and by hand.
#include "support/clients.hpp"
#include "support/lab.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <chrono>
#include <map>

namespace gatehouse::integration
{

namespace json = boost::json;
using namespace std::chrono_literals;

namespace
{
/// A client that writes its own lines.
class NativeClient
{
public:
    explicit NativeClient(const std::string& door) : connection_(Lab::current().door(door))
    {
        greeting_ = json::parse(connection_.read_line()).as_object();
    }

    const json::object& greeting() const { return greeting_; }
    void send(const json::object& request) { connection_.send(json::serialize(request) + "\n"); }
    void send(const std::string& bytes) { connection_.send(bytes); }
    json::object read() { return json::parse(connection_.read_line()).as_object(); }
    json::object ask(const json::object& request)
    {
        send(request);
        return read();
    }
    Connection& connection() { return connection_; }

private:
    Connection connection_;
    json::object greeting_;
};

json::object login(int id, const std::string& name, const std::string& password)
{
    return {{"id", id}, {"op", "authenticate"}, {"service", "web"}, {"login", name}, {"password", password}};
}

const SamplePerson& alice()
{
    return Lab::current().person("alice");
}
} // namespace

TEST_CASE("native door: a person is told to who asked, and only administrators learn the reason",
          "[openldap][active-directory][local]")
{
    NativeClient web("web");
    CHECK(web.greeting().at("gatehouse") == 1);
    const json::object granted = web.ask(login(1, "CAMPUS\\ALICE", alice().password));
    INFO(json::serialize(granted));
    CHECK(granted.at("verdict") == "granted");
    CHECK(granted.at("person").at("mailbox") == "alice");

    const json::object wrong = web.ask(login(2, "alice", "Wrong-Passw0rd"));
    const json::object unknown = web.ask(login(2, "nobody-here", "Wrong-Passw0rd"));
    CHECK(wrong == unknown);
    CHECK_FALSE(wrong.contains("reason"));

    NativeClient control("control");
    json::object asked = login(3, "alice", "Wrong-Passw0rd");
    asked["trace"] = true;
    const json::object explained = control.ask(asked);
    INFO(json::serialize(explained));
    CHECK(explained.at("reason") == "wrong-password");
    CHECK_FALSE(explained.at("steps").as_array().empty());
    CHECK(web.ask(login(4, "alice", alice().password)).at("verdict") == "granted");
}

TEST_CASE("native door: many logins at once on one connection, each answered under its own id", "[openldap][local]")
{
    constexpr int count = 100;
    NativeClient client("web");
    for (int i = 0; i < count; ++i)
        client.send(login((i * 37) % count, "alice", i % 4 == 3 ? "Wrong-Passw0rd" : alice().password));
    std::map<std::int64_t, std::string> answers;
    for (int i = 0; i < count; ++i) {
        const json::object reply = client.read();
        answers[reply.at("id").as_int64()] = std::string(reply.at("verdict").as_string());
    }
    REQUIRE(answers.size() == count);
    for (int i = 0; i < count; ++i)
        CHECK(answers[(i * 37) % count] == (i % 4 == 3 ? "denied" : "granted"));
}

TEST_CASE("native door: a SASL exchange is asked step by step, and cancelled", "[openldap][local]")
{
    NativeClient client("web");
    const json::object begun = client.ask({{"id", 1}, {"op", "exchange"}, {"service", "web"}, {"mechanism", "LOGIN"}});
    INFO(json::serialize(begun));
    REQUIRE(begun.contains("challenge"));
    client.send({{"id", 1}, {"op", "cancel"}});
    CHECK(client.ask({{"id", 1}, {"op", "exchange"}, {"service", "web"}, {"mechanism", "NONE-SUCH"}}).at("verdict") ==
          "denied");
}

TEST_CASE("native door: a NUL inside a name or password is refused", "[openldap][active-directory][local]")
{
    const Place door = Lab::current().door("web");
    const AuditFile audit = Lab::current().audit();
    CHECK(native_login(door, "web", std::string("ali\0ce", 6), alice().password).told == Told::denied);
    CHECK(native_login(door, "web", "alice", alice().password + std::string("\0x", 2)).told == Told::denied);
    const auto lines = audit.lines(2);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0]["reason"] == "malformed-name");
    CHECK(lines[1]["reason"] == "malformed-credential");
}

TEST_CASE("native door: a bad request fails alone, a line that is none ends the connection", "[openldap][local]")
{
    {
        NativeClient client("web");
        const json::object reply = client.ask({{"id", 1}, {"op", "nonsense"}});
        CHECK(reply.at("id") == 1);
        CHECK(reply.contains("error"));
        CHECK(client.ask({{"id", 2}, {"op", "authenticate"}, {"login", "alice"}, {"password", "x"}}).contains("error"));
        CHECK(client.ask(login(3, "alice", alice().password)).at("verdict") == "granted");
    }
    for (const std::string words :
         {"GET / HTTP/1.1\r\n\r\n", "{\n", "[]\n", "{\"id\":\"one\"}\n", "\n", "nul\\u0000\n"}) {
        INFO(words);
        NativeClient client("web");
        client.send(words);
        const json::object reply = client.read();
        CHECK(reply.at("id").is_null());
        CHECK(client.connection().closes_within(5s));
    }
}

TEST_CASE("native door: a slow client that sends byte by byte is served", "[openldap][local]")
{
    NativeClient client("web");
    client.connection().send_slowly(json::serialize(login(1, "alice", alice().password)) + "\n", 5ms);
    CHECK(client.read().at("verdict") == "granted");
}

TEST_CASE("native door: only a control listener takes control requests", "[openldap][local]")
{
    NativeClient web("web");
    for (const std::string op : {"status", "reload", "explain"})
        CHECK(web.ask({{"id", 1}, {"op", op}, {"login", "alice"}}).contains("error"));
    NativeClient control("control");
    CHECK(control.ask({{"id", 1}, {"op", "status"}}).contains("result"));
}

} // namespace gatehouse::integration
