// Two domains that trust each other, CAMPUS and PARTNER, each with its own directory; and a Kerberos realm without one.
#include "support/clients.hpp"
#include "support/own_authd.hpp"
#include "tickets_lab.hpp"

#include <catch2/catch.hpp>

#include <thread>

namespace gatehouse::integration
{

namespace
{
using namespace std::chrono_literals;

const SamplePerson& partner(std::string_view name)
{
    static const SamplePeople people(Lab::current().script_file("people-partner.json"),
                                     DirectoryKind::active_directory);
    return people.named(name);
}

/// Of a person of PARTNER, from their own domain controller.
class PartnersTicket : public Ticket
{
public:
    explicit PartnersTicket(const std::string& name) : Ticket(name, partner(name).password, "trust") {}
};

/// Of a realm that authd does not know, but by auth_to_local.
class ForeignTicket : public Ticket
{
public:
    explicit ForeignTicket(const std::string& name) : Ticket(name, Lab::current().person(name).password, "mit-kdc") {}
};

Place imap_door()
{
    return Lab::current().socket("dovecot/run/login/login");
}

/// REALM\name of who was let in, or the reason that nobody was; both as the audit line has them.
std::string said_by(const AuditFile& audit)
{
    const auto lines = audit.lines();
    REQUIRE(lines.size() == 1);
    INFO(lines[0].text());
    return lines[0]["verdict"] == "granted" ? lines[0]["realm"] + '\\' + lines[0]["name"] : lines[0]["reason"];
}

/// Whom a ticket lets in at the lab's own authd.
std::string shown(const Ticket& ticket)
{
    DovecotClient door(imap_door());
    const auto audit = Lab::current().audit();
    const bool ok = gssapi_exchange(door, "imap", ticket).ok();
    const std::string said = said_by(audit);
    CHECK(ok == said.contains('\\'));
    return said;
}

/// What the server in front calls them.
std::string mailbox_of(const Ticket& ticket)
{
    DovecotClient door(imap_door());
    return std::string(gssapi_exchange(door, "imap", ticket).outcome.value("user"));
}

/// Whom a password lets in there.
std::string typed(const std::string& login, const std::string& password)
{
    const auto audit = Lab::current().audit();
    const bool granted = dovecot_login(imap_door(), "imap", login, password).told == Told::granted;
    const std::string said = said_by(audit);
    CHECK(granted == said.contains('\\'));
    return said;
}

std::string first_line(const std::string& text)
{
    return text.substr(0, text.find('\n'));
}

/// A change in PARTNER; waits until authd has learnt of it.
void change_partner(std::vector<std::string> words)
{
    words.insert(words.begin(), "change");
    words.emplace_back("--partner");
    Lab::current().must("samba-ad", words);
    std::this_thread::sleep_for(2s); // what authd promises of a change
}

/// Another authd, which takes tickets at a door of its own.
class Other
{
public:
    Other(const std::string& name, const std::string& realms, const std::string& services = {})
        : place_(Lab::current().door(name)),
          authd_(name, {.realms = realms,
                        .listeners = "  - name: tickets\n    door: dovecot\n    mechanisms: [GSSAPI, PLAIN]\n"
                                     "    socket: {path: " +
                                     (Lab::current().folder() / "doors" / name).string() + ", mode: \"0666\"}\n",
                        .services = services})
    {
    }

    std::string shown(const Ticket& ticket, const std::string& service = "imap") const
    {
        DovecotClient door(place_);
        const auto audit = authd_.audit();
        gssapi_exchange(door, service, ticket);
        return said_by(audit);
    }

    std::string typed(const std::string& login, const std::string& password, const std::string& service) const
    {
        const auto audit = authd_.audit();
        dovecot_login(place_, service, login, password);
        return said_by(audit);
    }

private:
    Place place_;
    OwnAuthd authd_;
};

/// The lab's realms without PARTNER, which comes last.
std::string campus_alone()
{
    const std::string realms = Lab::current().realms_yaml();
    return realms.substr(0, realms.find("  - name: PARTNER\n"));
}
} // namespace

TEST_CASE("trust: people of both domains log in by password, each by the names of their own", "[trust]")
{
    const SamplePerson& pat = partner("pat");
    for (const std::string login : {"PARTNER\\pat", "pat@partner.example", "Pat@PARTNER.EXAMPLE"})
        CHECK(typed(login, pat.password) == "PARTNER\\pat");
    CHECK(typed("PARTNER\\pat", "wrong") == "wrong-password");
    CHECK(typed("pat", pat.password) == "unknown-person"); // a short name is one of CAMPUS, the default
    CHECK(typed("bob", Lab::current().person("bob").password) == "CAMPUS\\bob");
    CHECK(typed("PARTNER\\quinn", partner("quinn").password) == "account-disabled");
}

TEST_CASE("trust: a ticket that came through the trust lets in whom its PAC names, of their own domain", "[trust]")
{
    const PartnersTicket pat("pat");
    const PersonsTicket bob("bob");
    CHECK(shown(pat) == "PARTNER\\pat");
    CHECK(shown(bob) == "CAMPUS\\bob");
    const Reply reply = curl_with_ticket("imap", "localhost", Lab::current().place("dovecot-imap"), pat);
    INFO(reply.words);
    CHECK(reply.told == Told::granted);
    DovecotClient door(imap_door());
    const auto audit = Lab::current().audit();
    CHECK(spnego_exchange(door, "imap", pat).ok());
    CHECK(said_by(audit) == "PARTNER\\pat");
}

TEST_CASE("trust: the ticket of somebody who was renamed is still theirs, and nobody else's", "[trust]")
{
    const std::string password = "R3named-Passw0rd";
    Lab::current().must("samba-ad", {"change", "create", "first", "--partner"}, {.input = password});
    std::this_thread::sleep_for(2s);
    const Ticket ticket("first", password, "trust");
    CHECK(shown(ticket) == "PARTNER\\first");
    change_partner({"rename", "first", "second"});
    Lab::current().must("samba-ad", {"change", "create", "first", "--partner"}, {.input = password});
    std::this_thread::sleep_for(2s);
    CHECK(shown(ticket) == "PARTNER\\second");
    CHECK(shown(Ticket("first", password, "trust")) == "PARTNER\\first");
    for (const std::string name : {"first", "second"})
        Lab::current().must("samba-ad", {"change", "delete", name, "--partner"});
}

TEST_CASE("trust: the account of the trust is nobody, whoever knows its password", "[trust]")
{
    const std::string password = first_line(read_file(Lab::current().show("trust").at("password_file")));
    const Ticket ticket("PARTNER$", password, "tickets"); // the domain controller gives one
    CHECK(shown(ticket) == "unknown-person");
    CHECK(typed("CAMPUS\\PARTNER$", password) == "unknown-person");
    // It is a user and has a PAC: only the account's type tells it from people.
    std::string realms = Lab::current().realms_yaml();
    const std::string people = "people: {";
    realms.insert(realms.find(people) + people.size(), "filter: \"(&(objectCategory=person)(objectClass=user))\", ");
    CHECK(Other("any-user", realms).shown(ticket) == "CAMPUS\\partner$");
}

TEST_CASE("trust: people of the same short name in both domains are never taken for each other", "[trust]")
{
    const std::string& ours = Lab::current().person("alice").password;
    const std::string& theirs = partner("alice").password;
    CHECK(typed("alice", ours) == "CAMPUS\\alice");
    CHECK(typed("alice", theirs) == "wrong-password");
    CHECK(typed("PARTNER\\alice", ours) == "wrong-password");
    CHECK(typed("PARTNER\\alice", theirs) == "PARTNER\\alice");
    const PersonsTicket of_campus("alice");
    const PartnersTicket of_partner("alice");
    CHECK(shown(of_campus) == "CAMPUS\\alice");
    CHECK(shown(of_partner) == "PARTNER\\alice");
    CHECK(mailbox_of(of_campus) == "alice"); // who logged in first
    CHECK_FALSE(mailbox_of(of_partner).empty());
    CHECK(mailbox_of(of_partner) != "alice");
}

TEST_CASE("trust: groups of each domain decide, and a group of one is not its namesake in the other", "[trust]")
{
    const Other authd("groups", Lab::current().realms_yaml(),
                      "  pop3: {allow_groups: ['CAMPUS\\staff', 'PARTNER\\visitors']}\n"
                      "  sieve: {allow_groups: ['CAMPUS\\staff']}\n"
                      "  smtp: {allow_groups: [staff]}\n");
    const PersonsTicket alice("alice");  // of CAMPUS\staff, through team-a and dept-1
    const PersonsTicket bob("bob");      // of none
    const PartnersTicket pat("pat");     // of PARTNER\visitors, through team-p
    const PartnersTicket petra("petra"); // of PARTNER\staff
    CHECK(authd.shown(alice, "pop3") == "CAMPUS\\alice");
    CHECK(authd.shown(bob, "pop3") == "not-admitted");
    CHECK(authd.shown(pat, "pop3") == "PARTNER\\pat");
    CHECK(authd.shown(petra, "pop3") == "not-admitted");

    CHECK(authd.shown(alice, "sieve") == "CAMPUS\\alice");
    CHECK(authd.shown(petra, "sieve") == "not-admitted");
    CHECK(authd.typed("PARTNER\\petra", partner("petra").password, "sieve") == "not-admitted");
    CHECK(authd.typed("PARTNER\\pat", partner("pat").password, "pop3") == "PARTNER\\pat");

    CHECK(authd.shown(alice, "smtp") == "CAMPUS\\alice"); // a name without a realm is of every realm
    CHECK(authd.shown(petra, "smtp") == "PARTNER\\petra");
    CHECK(authd.shown(pat, "smtp") == "not-admitted");
}

TEST_CASE("trust: a group of the same name in the other domain lets nobody act for others", "[trust]")
{
    const PartnersTicket petra("petra");
    DovecotClient door(imap_door());
    const auto audit = Lab::current().audit();
    CHECK_FALSE(gssapi_exchange(door, "imap", petra, "bob").ok());
    CHECK(said_by(audit) == "authzid-not-allowed");
    CHECK(gssapi_exchange(door, "imap", PersonsTicket("alice"), "PARTNER\\pat").ok()); // of CAMPUS\staff
}

TEST_CASE("trust: a ticket of a domain that is trusted and no realm here is refused", "[trust]")
{
    const Other authd("campus-alone", campus_alone());
    CHECK(authd.shown(PartnersTicket("pat")) == "unknown-realm");
    CHECK(authd.shown(PartnersTicket("alice")) == "unknown-realm"); // never for the alice of CAMPUS
    CHECK(authd.shown(PersonsTicket("alice")) == "CAMPUS\\alice");
}

TEST_CASE("trust: who is disabled in their own domain is refused, whatever ticket they hold", "[trust]")
{
    const PartnersTicket ticket("pat");
    REQUIRE(shown(ticket) == "PARTNER\\pat"); // from now on it has the service's ticket
    change_partner({"disable", "pat"});
    CHECK(shown(ticket) == "account-disabled");
    change_partner({"enable", "pat"});
    CHECK(shown(ticket) == "PARTNER\\pat");
}

TEST_CASE("trust: a ticket that came through the trust without a PAC lets nobody in", "[trust]")
{
    Lab::current().must("tickets", {"without-pac"});
    {
        const PartnersTicket ticket("pat");
        CHECK(shown(ticket) == "ticket-without-pac");
    }
    Lab::current().must("tickets", {"with-pac"});
    CHECK(shown(PartnersTicket("pat")) == "PARTNER\\pat");
}

TEST_CASE("auth_to_local: a rule names the person for a foreign principal, and nobody is named without one", "[trust]")
{
    CHECK(shown(ForeignTicket("bob")) == "CAMPUS\\bob");
    CHECK(shown(ForeignTicket("alice")) == "unknown-realm");
    DovecotClient door(imap_door());
    const auto audit = Lab::current().audit();
    CHECK(spnego_exchange(door, "imap", ForeignTicket("bob")).ok());
    CHECK(said_by(audit) == "CAMPUS\\bob");
}

TEST_CASE("auth_to_local: whom a rule names is asked what a person of the realm is asked", "[trust]")
{
    const ForeignTicket ticket("bob");
    change_directory({"disable", "bob"});
    CHECK(shown(ticket) == "account-disabled");
    change_directory({"enable", "bob"});
    CHECK(shown(ticket) == "CAMPUS\\bob");
    const Other authd("mapped", Lab::current().realms_yaml(),
                      "  pop3: {allow_groups: [library]}\n"
                      "  sieve: {allow_groups: [staff]}\n");
    CHECK(authd.shown(ticket, "pop3") == "CAMPUS\\bob");
    CHECK(authd.shown(ticket, "sieve") == "not-admitted");
}

TEST_CASE("auth_to_local: no rule speaks for a realm that is configured", "[trust]")
{
    std::string realms = Lab::current().realms_yaml();
    const std::string rule = "bob@MIT\\.CAMPUS\\.EXAMPLE";
    realms.replace(realms.find(rule), rule.size(), ".*");
    const Other authd("everybody", realms);
    CHECK(authd.shown(ForeignTicket("alice")) == "CAMPUS\\alice"); // as this rule says
    CHECK(authd.shown(PartnersTicket("pat")) == "PARTNER\\pat");
    Lab::current().must("tickets", {"without-pac"});
    {
        CHECK(authd.shown(PartnersTicket("alice")) == "ticket-without-pac");
        CHECK(authd.shown(PersonsTicket("alice")) == "ticket-without-pac");
    }
    Lab::current().must("tickets", {"with-pac"});
}

} // namespace gatehouse::integration
