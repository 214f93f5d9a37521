#include "sasl_plugins_hosts.hpp"
#include "support/clients.hpp"
#include "support/mail_clients.hpp"
#include "support/peers.hpp"

#include <catch2/catch.hpp>

// Passwords at hosts with the plugin: authd's saslauthd door checks them as it does without it.

namespace gatehouse::integration
{

namespace
{
/// An entry's {SASL} name is NAME@campus.example. The plugin makes it canonical; a stranger's stays as it is.
Peer slapd_with_plugin()
{
    Peer peer = slapd_sasl();
    peer.asked_as = [stranger = peer.stranger](std::string_view login) {
        return std::string(login) + (login == stranger ? "@campus.example" : "");
    };
    return peer;
}
} // namespace

TEST_CASE("SASL plugins: passwords are granted and refused as without the plugin", "[sasl-plugins]")
{
    for (const Peer& peer : {cyrus_imap(), cyrus_imap_plain(), postfix_saslauthd(), slapd_with_plugin()}) {
        INFO(peer.name);
        check_right_and_wrong(peer);
        check_account_states(peer);
    }
}

TEST_CASE("SASL plugins: a password leaves one audit line, the saslauthd door's, whatever form of the name was typed",
          "[sasl-plugins]")
{
    const Lab& lab = Lab::current();
    for (const std::string login : {"alice", "alice.liddell@campus.example", "CAMPUS\\alice"}) {
        INFO(login);
        const AuditFile audit = lab.audit();
        const Reply reply = postfix_saslauthd().log_in(login, lab.person("alice").password);
        INFO(reply.words);
        CHECK(reply.told == Told::granted);
        const auto lines = audit.settled();
        REQUIRE(lines.size() == 1);
        CHECK(lines[0]["door"] == "saslauthd");
        CHECK(lines[0]["login"] == "alice"); // the canonical name is what the password is checked for
        CHECK(lines[0]["reason"] == "granted");
    }
}

TEST_CASE("SASL plugins: a password during an outage of authd is a temporary failure", "[sasl-plugins]")
{
    const std::string password = Lab::current().person("alice").password;
    const WithoutAuthd away;
    for (const Peer& peer : {cyrus_imap(), cyrus_imap_plain(), postfix_saslauthd()}) {
        INFO(peer.name);
        const Reply reply = peer.log_in("alice", password);
        INFO(reply.words);
        CHECK(reply.told == Told::unavailable);
    }
}

TEST_CASE("SASL plugins: libsasl2 loads and lists the auxprop plugin", "[sasl-plugins]")
{
    const Lab& lab = Lab::current();
    const Output output = run({"saslpluginviewer", "-a", "-m", "gatehouse"},
                              {.environment = {{"SASL_PATH", (lab.folder() / "sasl2").string()}}});
    INFO(output.text());
    CHECK(output.out.find("gatehouse") != std::string::npos);
}

} // namespace gatehouse::integration
