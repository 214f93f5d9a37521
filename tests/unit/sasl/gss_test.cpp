// GSSAPI and GSS-SPNEGO as state machines; real contexts are in tests/integration/kerberos_gss_*.cpp.
#include "sasl/gss_spnego.hpp"
#include "sasl/gssapi.hpp"
#include "steps.hpp"

#include "identity/login_name.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>

using namespace gatehouse;

namespace
{
/// A context that stands after `legs` tokens; "bad" is refused. Wrapping puts brackets around a message.
class ScriptedContext : public GssContext
{
public:
    ScriptedContext(int legs, std::string last) : legs_(legs), last_(std::move(last)) {}

    Step step(std::string_view token) override
    {
        if (token == "bad")
            return Failed{.reason = Reason::ticket_expired, .why = "ticket expired", .login = "alice@R"};
        if (--legs_ > 0)
            return Going{"more"};
        return Established{.token = last_,
                           .client = TicketCredential{.login = "alice@R", .name = "alice", .kerberos_realm = "R"}};
    }
    Result<std::string> wrap(std::string_view message) override { return '[' + std::string(message) + ']'; }
    Result<std::string> unwrap(std::string_view message) override
    {
        if (message.size() < 2 || message.front() != '[' || message.back() != ']')
            return invalid("not wrapped by this client");
        return std::string(message.substr(1, message.size() - 2));
    }

private:
    int legs_;
    std::string last_;
};

class ScriptedAcceptor : public GssAcceptor
{
public:
    explicit ScriptedAcceptor(int legs = 1, std::string last = "last") : legs_(legs), last_(std::move(last)) {}
    std::unique_ptr<GssContext> begin(GssOffer) override { return std::make_unique<ScriptedContext>(legs_, last_); }

private:
    int legs_;
    std::string last_;
};

std::unique_ptr<Exchange> begin(const Mechanism& mechanism, int legs = 1, std::string last = "last")
{
    return mechanism.begin({.gss = std::make_shared<ScriptedAcceptor>(legs, std::move(last))}, {});
}

constexpr std::string_view offer("[\x01\0\0\0]", 6);

/// The client's message about layers: the mask, three bytes, whom to act for.
std::string layer(char mask, std::string_view authzid = {})
{
    return '[' + std::string(1, mask) + std::string(3, '\0') + std::string(authzid) + ']';
}
} // namespace

TEST_CASE("GSSAPI: tokens, then the offer of no layer, then the ticket with whom to act for", "[unit]")
{
    const auto exchange = begin(sasl::gssapi, 2);
    REQUIRE(challenge(say(*exchange, "token")) == "more");
    REQUIRE(challenge(say(*exchange, "token")) == "last");
    REQUIRE(challenge(say(*exchange, "")) == offer);
    const auto step = say(*exchange, layer(1, "bob"));
    const auto& ticket = std::get<TicketCredential>(std::get<Exchange::Shown>(step).credential);
    REQUIRE(ticket.login == "alice@R");
    REQUIRE(ticket.name == "alice");
    REQUIRE(ticket.authzid == "bob");
    REQUIRE(std::get<Exchange::Shown>(step).last.empty());
    REQUIRE(is_broken(say(*exchange, layer(1))));
}

TEST_CASE("GSSAPI: without a last token the offer comes at once", "[unit]")
{
    const auto exchange = begin(sasl::gssapi, 1, "");
    REQUIRE(challenge(say(*exchange, "token")) == offer);
    REQUIRE(std::holds_alternative<Exchange::Shown>(say(*exchange, layer(1))));
}

TEST_CASE("GSSAPI: a layer that was not offered is refused, and so is every short or foreign choice", "[unit]")
{
    for (const char mask : {'\x02', '\x04', '\x03', '\x05', '\x00'}) {
        const auto exchange = begin(sasl::gssapi, 1, "");
        say(*exchange, "token");
        REQUIRE(is_broken(say(*exchange, layer(mask))));
        REQUIRE(is_broken(say(*exchange, layer(1))));
    }
    const std::string whole = layer(1, "bob");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto exchange = begin(sasl::gssapi, 1, "");
        say(*exchange, "token");
        REQUIRE_FALSE(std::holds_alternative<Exchange::Shown>(say(*exchange, whole.substr(0, size))));
    }
    const auto exchange = begin(sasl::gssapi, 1, "");
    say(*exchange, "token");
    REQUIRE(is_broken(say(*exchange, layer(1, std::string(max_login_name + 1, 'a')))));
}

TEST_CASE("GSSAPI: what comes in place of the empty message is refused", "[unit]")
{
    const auto exchange = begin(sasl::gssapi);
    say(*exchange, "token");
    REQUIRE(is_broken(say(*exchange, layer(1))));
}

TEST_CASE("a context that fails ends the exchange with its reason and the principal", "[unit]")
{
    for (const Mechanism* mechanism : {&sasl::gssapi, &sasl::gss_spnego}) {
        const auto exchange = begin(*mechanism, 2);
        say(*exchange, "token");
        const auto step = say(*exchange, "bad");
        REQUIRE(std::get<Exchange::Unproved>(step).reason == Reason::ticket_expired);
        REQUIRE(std::get<Exchange::Unproved>(step).login == "alice@R");
        REQUIRE(is_broken(say(*exchange, "token")));
    }
}

TEST_CASE("GSS-SPNEGO ends with the context; the last token goes with the grant", "[unit]")
{
    const auto exchange = begin(sasl::gss_spnego, 2);
    REQUIRE(challenge(say(*exchange, "token")) == "more");
    const auto step = say(*exchange, "token");
    REQUIRE(std::get<Exchange::Shown>(step).last == "last");
    REQUIRE(std::get<TicketCredential>(std::get<Exchange::Shown>(step).credential).authzid.empty());
    REQUIRE(is_broken(say(*exchange, "token")));
}

TEST_CASE("without a keytab nothing can be found out", "[unit]")
{
    for (const Mechanism* mechanism : {&sasl::gssapi, &sasl::gss_spnego}) {
        const auto exchange = mechanism->begin({}, {});
        REQUIRE(std::get<Exchange::Unproved>(say(*exchange, "token")).reason == Reason::internal);
    }
}
