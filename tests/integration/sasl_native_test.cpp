// SCRAM with channel binding, and EXTERNAL, as a mail front end asks for them: by authd/client at the native door. GNU
// SASL plays the mail client; the bytes that bind it to its connection are handed to both.
#include "client/authd.hpp"
#include "support/gsasl_client.hpp"
#include "support/lab.hpp"
#include "support/mail_clients.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <functional>
#include <optional>
#include <string>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
const std::string exported_key = "the key that both ends of a TLS connection export";

/// A front end with one connection to authd and one mail client.
class FrontEnd
{
public:
    /// Runs one exchange to its verdict. `answer` is asked for the client's answer to each challenge, and told the last
    /// word when there is one.
    client::Answer serve(client::Opening opening, const std::function<std::string(const std::string&)>& answer)
    {
        std::optional<client::Answer> verdict;
        client::Authd authd(context_, {.socket = Lab::current().door("edge").path});
        const auto exchange = [&]() -> Awaitable<void> {
            {
                client::Authd::Exchange exchange(authd);
                auto turn = co_await exchange.begin(std::move(opening), Clock::now() + 10s);
                while (turn && std::holds_alternative<wire::NativeChallenge>(*turn)) {
                    const std::string said = answer(std::get<wire::NativeChallenge>(*turn).challenge);
                    turn = co_await exchange.step(secret(said), Clock::now() + 10s);
                }
                if (turn)
                    verdict = std::get<client::Answer>(std::move(*turn));
            }
            authd.close();
        };
        boost::asio::co_spawn(context_, exchange(), [](std::exception_ptr failure) {
            if (failure)
                std::rethrow_exception(failure);
        });
        context_.run();
        context_.restart();
        return verdict.value();
    }

private:
    boost::asio::io_context context_;
};

client::Opening opening(std::string mechanism, Channel channel, std::optional<Secret> initial = {})
{
    return {.service = "imap",
            .mechanism = std::move(mechanism),
            .initial = std::move(initial),
            .address = "192.0.2.7",
            .channel = std::move(channel)};
}

/// What the front end tells, and the same or something else to the mail client.
client::Answer bound_login(const std::string& mechanism, const std::string& password, const std::string& clients_key)
{
    GsaslClient client({"--mechanism=" + mechanism, "--authentication-id=alice", "--password=" + password},
                       {base64(clients_key)});
    FrontEnd front_end;
    const client::Answer answer = front_end.serve(
        opening(mechanism, {.bindings = {{"tls-server-end-point", "not asked for"}, {"tls-exporter", exported_key}}},
                secret(client.read())),
        [&](const std::string& challenge) {
            client.write(challenge);
            return client.read();
        });
    return answer;
}

client::Answer external(std::optional<ClientCertificate> certificate, const std::string& authzid = {})
{
    return FrontEnd().serve(opening("EXTERNAL", {.certificate = std::move(certificate)}, secret(authzid)),
                            [](const std::string&) { return std::string(); });
}

using Outcome = client::Answer::Outcome;
} // namespace

TEST_CASE("native door: GNU SASL logs in by SCRAM bound to its TLS connection", "[local]")
{
    for (const std::string mechanism : {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"}) {
        const AuditFile audit = Lab::current().audit();
        const client::Answer answer = bound_login(mechanism, Lab::current().person("alice").password, exported_key);
        CHECK(answer.outcome == Outcome::granted);
        REQUIRE(answer.person);
        CHECK(answer.person->mailbox == "alice");
        CHECK(answer.last.starts_with("v="));
        const auto lines = audit.lines();
        REQUIRE(lines.size() == 1);
        CHECK(lines[0]["mechanism"] == mechanism);
    }
}

TEST_CASE("native door: a SCRAM login that is carried over from another TLS connection is refused", "[local]")
{
    const AuditFile audit = Lab::current().audit();
    const std::string& password = Lab::current().person("alice").password;
    CHECK(bound_login("SCRAM-SHA-256-PLUS", password, "another connection's key").outcome == Outcome::denied);
    CHECK(bound_login("SCRAM-SHA-256-PLUS", "Wrong-Passw0rd", exported_key).outcome == Outcome::denied);
    const auto lines = audit.lines(2);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0]["reason"] == "channel-binding-differs");
    CHECK(lines[0]["login"] == "alice");
    CHECK(lines[1]["reason"] == "wrong-password");
}

TEST_CASE("native door: a client certificate logs in whom it names, where the listener may vouch for it",
          "[openldap][active-directory][local]")
{
    const client::Answer by_name = external(ClientCertificate{.name = "alice@campus.example"});
    CHECK(by_name.outcome == Outcome::granted);
    REQUIRE(by_name.person);
    CHECK(by_name.person->name == "alice");
    CHECK(external(ClientCertificate{.mails = {"alice@campus.example", "alice.liddell@campus.example"}}).outcome ==
          Outcome::granted);
    CHECK(external(ClientCertificate{.mails = {"alice@campus.example", "bob@campus.example"}}).outcome ==
          Outcome::denied);
    CHECK(external({}).outcome == Outcome::denied);
    CHECK(external(ClientCertificate{.name = "alice@campus.example"}, "bob").outcome == Outcome::denied);
    CHECK(external(ClientCertificate{.name = "alice@campus.example"}, "alice").outcome == Outcome::granted);
    const AuditFile audit = Lab::current().audit();
    CHECK(external(ClientCertificate{.name = "carol@campus.example"}).outcome == Outcome::denied);
    const auto lines = audit.lines();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0]["reason"] == "account-disabled");
    CHECK(lines[0]["mechanism"] == "EXTERNAL");
}

TEST_CASE("native door: a listener that may not vouch for certificates is refused and audited as such",
          "[openldap][local]")
{
    const AuditFile audit = Lab::current().audit();
    Connection connection(Lab::current().door("web"));
    connection.read_line();
    connection.send(R"({"id":1,"op":"exchange","service":"web","mechanism":"EXTERNAL","initial":"",)"
                    R"("certificate":{"upn":"alice@campus.example"}})"
                    "\n");
    CHECK(connection.read_line().find("\"denied\"") != std::string::npos);
    const auto lines = audit.lines();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0]["reason"] == "external-not-allowed");
}

} // namespace gatehouse::integration
