#include "edge/config.hpp"

#include <catch2/catch.hpp>

#include <cstdio>
#include <fstream>
#include <unistd.h>

using namespace gatehouse;
using namespace gatehouse::edge;

namespace
{

/// A configuration file for as long as it is read.
class File
{
public:
    explicit File(std::string_view text) : path_("/tmp/mailgate-" + std::to_string(::getpid()) + ".yaml")
    {
        std::ofstream(path_) << text;
    }
    ~File() { std::remove(path_.c_str()); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    Result<Settings> read() const { return read_settings(path_); }

private:
    std::string path_;
};

std::string faults(std::string_view text)
{
    const auto settings = File(text).read();
    return settings ? "" : settings.error().text;
}

constexpr std::string_view good = R"(
tls: {certificates: [{chain: /c.pem, key: /k.pem}]}
listeners:
  - {name: imaps, protocol: imap, listen: "[::1]:993", tls: implicit}
  - {name: pop, protocol: pop3, listen: "127.0.0.1:110", proxy_protocol_from: [192.0.2.0/24]}
stores:
  - {name: one, imap: "imap1.test:143", services: {pop3: pop3}}
)";

} // namespace

TEST_CASE("mailgate.yaml: what is not said has its usual value", "[edge]")
{
    const auto settings = File(good).read();
    REQUIRE(settings);
    CHECK(settings->listeners[0].listen == Endpoint{"::1", 993});
    CHECK(text_of(settings->listeners[0].listen) == "[::1]:993");
    CHECK(settings->listeners[0].service == "imap");
    CHECK(settings->listeners[1].service == "pop");
    CHECK(settings->listeners[1].tls == TlsUse::starttls);
    CHECK(settings->stores[0].services.at(Protocol::pop3) == "pop3");
    REQUIRE(settings->placement.size() == 1);
    CHECK(settings->placement[0].stores == std::vector<std::string>{"one"});
    CHECK(settings->tls.session_tickets);
}

TEST_CASE("mailgate.yaml: every fault is told with its line", "[edge]")
{
    const std::string told = faults(R"(
listeners:
  - {name: a, protocol: imap4, listen: "127.0.0.1:143"}
  - {name: a, protocol: imap, listen: "127.0.0.1"}
  - {name: c, protocol: submission, listen: "0.0.0.0:587", passwords_in_clear: true}
stores:
  - {name: one, imap: "h:143", imapp: "x"}
  - {name: two}
placement:
  - {by: group, stores: [three]}
)");
    for (const char* part : {":3:", "imap4", ":4:", "expected HOST:PORT", "another listener has this name",
                             ":5:", "passwords_in_clear is for loopback addresses only", ":7:", "imapp",
                             ":8:", "expected where the store is", ":10:", "no store is called \"three\"", "group",
                             "expected tls with certificates", "expected the servers that take the mail"}) {
        CAPTURE(part, told);
        CHECK(told.contains(part));
    }
}

TEST_CASE("mailgate.yaml: several stores need rules", "[edge]")
{
    CHECK(faults(std::string(good) + "  - {name: two, imap: \"h:143\"}\n").contains("there are several stores"));
}

TEST_CASE("an endpoint is a host and a port", "[edge]")
{
    CHECK(parse_endpoint("mail.test:993") == Endpoint{"mail.test", 993});
    CHECK(parse_endpoint("[2001:db8::1]:25") == Endpoint{"2001:db8::1", 25});
    for (const char* text : {"", ":1", "h", "h:", "h:0", "h:65536", "h:1x", "2001:db8::1:25"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_endpoint(text));
    }
}
