// What must not let anybody in, said straight to the Dovecot door.
#include "support/own_authd.hpp"
#include "tickets_lab.hpp"

#include <catch2/catch.hpp>

#include <iostream>
#include <random>

namespace gatehouse::integration
{

namespace
{
Place imap_door()
{
    return Lab::current().socket("dovecot/run/login/login");
}

/// The exchange must fail, for this reason.
void require_refused(const Exchanged& exchanged, const AuditFile& audit, const std::string& reason)
{
    CHECK_FALSE(exchanged.ok());
    const auto lines = audit.lines();
    REQUIRE(lines.size() == 1);
    INFO(lines[0].text());
    CHECK(lines[0]["verdict"] == "denied");
    CHECK(lines[0]["reason"] == reason);
}

/// The door still serves, and its authd still runs.
void require_well(DovecotClient& door, const Ticket& ticket)
{
    CHECK(gssapi_exchange(door, "imap", ticket).ok());
}
} // namespace

TEST_CASE("tickets, attack: a ticket for a service whose key is not ours is refused", "[openldap][active-directory]")
{
    const PersonsTicket ticket("alice");
    DovecotClient door(imap_door());
    const auto audit = Lab::current().audit();
    require_refused(gssapi_exchange(door, "imap", ticket, {}, "other@localhost"), audit, "ticket-refused");
    require_well(door, ticket);
}

TEST_CASE("tickets, attack: a message that was seen before is refused, by another connection and after a restart too",
          "[openldap][active-directory]")
{
    const PersonsTicket ticket("alice");
    OwnAuthd authd("replay",
                   {.realms = Lab::current().realms_yaml(),
                    .listeners = "  - name: tickets\n    door: dovecot\n    mechanisms: [GSSAPI]\n"
                                 "    socket: {path: " +
                                 (Lab::current().folder() / "doors/replay").string() + ", mode: \"0666\"}\n"});
    const Place place = Lab::current().door("replay");
    std::string seen;
    {
        DovecotClient door(place);
        const Exchanged exchanged = gssapi_exchange(door, "imap", ticket);
        REQUIRE(exchanged.ok());
        seen = exchanged.sent.front();
        REQUIRE(one_message(door, "GSSAPI", seen).has_value());
    }
    DovecotClient other(place);
    const auto audit = authd.audit();
    const auto outcome = one_message(other, "GSSAPI", seen);
    REQUIRE(outcome.has_value());
    CHECK_FALSE(outcome->ok);
    const auto lines = audit.lines();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0]["reason"] == "ticket-refused");
    std::cout << "tickets: a replay: " << lines[0]["detail"] << '\n';

    authd.process().signal(SIGTERM);
    REQUIRE(authd.process().wait_for_end(std::chrono::seconds(10)) == 0);
    authd.start_again();
    DovecotClient again(place);
    CHECK(one_message(again, "GSSAPI", seen).has_value());
}

TEST_CASE("tickets, attack: a ticket of a KDC that is not ours is refused", "[openldap]")
{
    const Lab& lab = Lab::current();
    lab.must("mit-kdc", {"up", "--impostor"});
    lab.must("mit-kdc", {"kadmin", "addprinc -randkey -requires_preauth imap/localhost", "--impostor"});
    {
        const Ticket forged("alice", lab.person("alice").password, "mit-kdc-impostor");
        DovecotClient door(imap_door());
        const auto audit = lab.audit();
        require_refused(gssapi_exchange(door, "imap", forged), audit, "ticket-refused");
    }
    lab.must("mit-kdc", {"down", "--impostor"});
}

TEST_CASE("tickets, attack: nobody acts for somebody else, unless a group of theirs may here",
          "[openldap][active-directory]")
{
    const SamplePerson& bob = Lab::current().person("bob");
    const PersonsTicket alice("alice");
    DovecotClient door(imap_door());
    {
        const PersonsTicket ticket(bob.name); // in none of the groups
        const auto audit = Lab::current().audit();
        require_refused(gssapi_exchange(door, "imap", ticket, "alice"), audit, "authzid-not-allowed");
    }
    const auto audit = Lab::current().audit();
    const Exchanged exchanged = gssapi_exchange(door, "imap", alice, "bob"); // of staff
    CHECK(exchanged.ok());
    CHECK(exchanged.outcome.value("user") == "bob");
    const auto lines = audit.lines();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0]["actor"] == "alice");
    CHECK(lines[0]["name"] == "bob");
}

TEST_CASE("tickets, attack: a security layer is refused, since the connection's own encryption is there",
          "[openldap][active-directory]")
{
    const PersonsTicket ticket("alice");
    DovecotClient door(imap_door());
    for (const char layer : {'\x02', '\x04', '\x07'}) {
        const auto audit = Lab::current().audit();
        require_refused(gssapi_exchange_with_layer(door, ticket, layer), audit, "malformed-credential");
    }
    require_well(door, ticket);
}

TEST_CASE("tickets, attack: a door is not asked for a service that it may not claim", "[openldap][active-directory]")
{
    const PersonsTicket ticket("alice");
    DovecotClient door(imap_door());
    const auto audit = Lab::current().audit();
    require_refused(gssapi_exchange(door, "ftp", ticket), audit, "service-not-allowed");
}

TEST_CASE("tickets, attack: SPNEGO takes Kerberos, and NTLM nowhere that it is not allowed",
          "[openldap][active-directory]")
{
    const PersonsTicket ticket("alice");
    DovecotClient door(Lab::current().socket("dovecot/run/auth-client")); // which does not offer NTLM
    const Exchanged at_once = spnego_exchange(door, "imap", ticket);
    CHECK(at_once.ok());
    CHECK_FALSE(at_once.outcome.value("resp").empty());
    const Exchanged as_challenge = spnego_exchange(door, "imap", ticket, LastMessage::as_challenge);
    CHECK(as_challenge.ok());
    CHECK(as_challenge.outcome.value("resp").empty());
    CHECK(as_challenge.sent.size() == at_once.sent.size() + 1);
    // NegTokenInit with NTLMSSP alone (RFC 4178 section 4.2.1), and NTLM's own first message.
    constexpr std::string_view only_ntlm("\x60\x1c\x06\x06\x2b\x06\x01\x05\x05\x02\xa0\x12\x30\x10\xa0\x0e\x30\x0c"
                                         "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a",
                                         30);
    constexpr std::string_view ntlm("NTLMSSP\0\x01\0\0\0\x07\x82\x08\xa2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32);
    for (const std::string_view message : {only_ntlm, ntlm}) {
        const auto outcome = one_message(door, "GSS-SPNEGO", message);
        REQUIRE(outcome.has_value());
        CHECK_FALSE(outcome->ok);
    }
    const auto outcome = one_message(door, "NTLM", ntlm);
    REQUIRE(outcome.has_value());
    CHECK_FALSE(outcome->ok);
}

TEST_CASE("tickets, attack: a message cut or changed anywhere lets nobody else in", "[openldap][active-directory]")
{
    const PersonsTicket ticket("alice");
    DovecotClient door(imap_door());
    std::mt19937 random(20260101);
    for (const char* mechanism : {"GSSAPI", "GSS-SPNEGO"}) {
        std::vector<std::string> cut;
        std::vector<std::string> changed;
        for (int round = 0; round < 100; ++round) {
            cut.push_back(first_message(mechanism, ticket));
            cut.back().resize(random() % cut.back().size());
            changed.push_back(first_message(mechanism, ticket));
            char& byte = changed.back()[random() % changed.back().size()];
            byte = static_cast<char>(byte ^ (1 << random() % 8));
        }
        const Ended of_cut = many_messages(door, mechanism, cut);
        CHECK(of_cut.ended >= 95); // an empty message is answered by a challenge
        CHECK(of_cut.granted.empty());
        // A bit of the framing that nobody reads changes nothing: the message is alice's still.
        const Ended of_changed = many_messages(door, mechanism, changed);
        std::cout << "tickets: " << mechanism << ": " << of_changed.ended << " of 100 changed messages ended at once\n";
        CHECK(of_changed.ended > 60);
        for (const std::string& name : of_changed.granted)
            CHECK(name == "alice");
    }
    for (int round = 0; round < 20; ++round)
        CHECK_FALSE(gssapi_exchange_with_damage(door, ticket, random()).ok());
    require_well(door, ticket);
}

TEST_CASE("tickets, attack: in Active Directory a ticket without a PAC lets nobody in", "[active-directory]")
{
    const PersonsTicket before("alice");
    DovecotClient door(imap_door());
    CHECK(gssapi_exchange(door, "imap", before).ok());
    Lab::current().must("tickets", {"without-pac"});
    const PersonsTicket ticket("alice");
    {
        const auto audit = Lab::current().audit();
        require_refused(gssapi_exchange(door, "imap", ticket), audit, "ticket-without-pac");
    }
    Lab::current().must("tickets", {"with-pac"});
    const PersonsTicket after("alice");
    require_well(door, after);
}

TEST_CASE("tickets, attack: a ticket is its person's, though somebody else has their name now", "[active-directory]")
{
    Newcomer old("mallory", "Mall0ry-Passw0rd");
    const Ticket ticket("mallory", "Mall0ry-Passw0rd", "tickets");
    DovecotClient door(imap_door());
    CHECK(gssapi_exchange(door, "imap", ticket).ok()); // the service ticket is there from now on
    old.change("rename", {"mallory-before"});
    const Newcomer other("mallory", "An0ther-Passw0rd");
    const auto audit = Lab::current().audit();
    CHECK(gssapi_exchange(door, "imap", ticket).ok());
    const auto lines = audit.lines();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0]["name"] == "mallory-before");
    CHECK(lines[0]["login"] == "mallory@CAMPUS.EXAMPLE");
}

} // namespace gatehouse::integration
