// Tickets, and acting for others.
#include "gate_fixture.hpp"

using namespace gatehouse;
using namespace std::chrono_literals;

namespace
{
struct Fixture : GateFixture {
    Fixture()
    {
        rules->names[0].kerberos_realm = "CAMPUS.EXAMPLE";
        campus->add("bob");
        Person admin;
        admin.groups = {{.group = "Mail-Admins"}};
        campus->add("admin", admin);
    }

    Verdict show(TicketCredential ticket)
    {
        return run({.service = "imap", .mechanism = "GSSAPI", .credential = std::move(ticket)});
    }

    static TicketCredential ticket(std::string name, std::string realm = "CAMPUS.EXAMPLE")
    {
        return {.login = name + '@' + realm,
                .authzid = {},
                .name = name,
                .kerberos_realm = realm,
                .sid = {},
                .ends = std::chrono::system_clock::now() + 1h};
    }

    Verdict act(const std::string& login, const std::string& authzid)
    {
        PasswordCredential credential = shown(login, "right");
        credential.authzid = authzid;
        return run({.service = "imap", .mechanism = "PLAIN", .credential = std::move(credential)});
    }
};
} // namespace

TEST_CASE_METHOD(Fixture, "a ticket is a login of the person it names, until the ticket ends", "[unit]")
{
    const TicketCredential shown = ticket("alice");
    const Verdict verdict = show(shown);
    REQUIRE(verdict.granted());
    REQUIRE(verdict.person()->name == "alice");
    REQUIRE(verdict.valid_until() == shown.ends);
    REQUIRE(campus->checks == 0);
    REQUIRE(show(ticket("nobody")).reason() == Reason::unknown_person);
}

TEST_CASE_METHOD(Fixture, "the account's own end comes first where it is earlier than the ticket's", "[unit]")
{
    const auto soon = std::chrono::system_clock::now() + 5min;
    campus->people["alice"].state.expires = soon;
    REQUIRE(show(ticket("alice")).valid_until() == soon);
    campus->people["alice"].state.disabled = true;
    REQUIRE(show(ticket("alice")).reason() == Reason::account_disabled);
}

TEST_CASE_METHOD(Fixture, "a ticket of a realm that is not configured, or not for this listener, is refused", "[unit]")
{
    REQUIRE(show(ticket("alice", "ELSEWHERE.EXAMPLE")).reason() == Reason::unknown_realm);
    REQUIRE(show(ticket("alice", "campus.example")).reason() == Reason::unknown_realm); // Kerberos minds the case
    pins->realms = {"LAB"};
    REQUIRE(show(ticket("alice")).reason() == Reason::realm_not_allowed);
}

TEST_CASE_METHOD(Fixture, "a principal that a directory would take for somebody else is nobody", "[unit]")
{
    for (const std::string name : {"Alice", "", "al ice", "\xc3\xa4"})
        REQUIRE(show(ticket(name)).reason() == Reason::unknown_person);
    REQUIRE(campus->finds == 0);
}

TEST_CASE_METHOD(Fixture, "in Active Directory the ticket's SID says who it is, whatever the principal is called",
                 "[unit]")
{
    campus->kind_of = "active-directory";
    REQUIRE(show(ticket("alice")).reason() == Reason::ticket_without_pac);
    Person person;
    campus->add("sid:S-1-5-21-1-2-3-1104", person);
    TicketCredential named = ticket("alice");
    named.sid = "S-1-5-21-1-2-3-1104";
    REQUIRE(show(named).person()->name == "sid:S-1-5-21-1-2-3-1104");
    named.sid = "S-1-5-21-1-2-3-1105";
    REQUIRE(show(named).reason() == Reason::unknown_person);
}

TEST_CASE_METHOD(Fixture, "nobody acts for somebody else", "[unit]")
{
    REQUIRE(act("alice", "bob").reason() == Reason::authzid_not_allowed);
    REQUIRE(act("alice", "nobody").reason() == Reason::authzid_not_allowed);
    REQUIRE(act("alice", "a\nb").reason() == Reason::authzid_not_allowed);
    for (const std::string self : {"alice", "CAMPUS\\alice", "alice@campus.example"})
        REQUIRE(act("alice", self).granted());
    TicketCredential other = ticket("alice");
    other.authzid = "bob";
    REQUIRE(show(other).reason() == Reason::authzid_not_allowed);
    other.authzid = "alice";
    REQUIRE(show(other).granted());
}

TEST_CASE_METHOD(Fixture, "who is in a group that may acts for others who are admitted, and both names are told",
                 "[unit]")
{
    pins->may_act_for_others.add("CAMPUS", "Mail-Admins");
    const Verdict verdict = act("admin", "bob");
    REQUIRE(verdict.granted());
    REQUIRE(verdict.person()->name == "bob");
    REQUIRE(actor == "admin");
    REQUIRE(act("alice", "bob").reason() == Reason::authzid_not_allowed);
    REQUIRE(actor.empty());
    REQUIRE(act("admin", "nobody").reason() == Reason::authzid_not_allowed);
    campus->people["bob"].state.disabled = true;
    REQUIRE(act("admin", "bob").reason() == Reason::account_disabled);
    TicketCredential shown = ticket("admin");
    shown.authzid = "alice";
    const Verdict by_ticket = show(shown);
    REQUIRE(by_ticket.person()->name == "alice");
    REQUIRE(by_ticket.valid_until() == shown.ends);
    PasswordCredential wrong = Fixture::shown("admin", "wrong");
    wrong.authzid = "alice";
    REQUIRE(run({.service = "imap", .mechanism = "PLAIN", .credential = std::move(wrong)}).reason() ==
            Reason::wrong_password);
}
