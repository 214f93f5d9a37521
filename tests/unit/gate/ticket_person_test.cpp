// Which realm a ticket's person is of.
#include "gate/ticket_person.hpp"

#include "gate_fixture.hpp"

using namespace gatehouse;

namespace
{
struct Fixture : GateFixture {
    Fixture()
    {
        rules->names[0].kerberos_realm = "CAMPUS.EXAMPLE";
        rules->names[1].kerberos_realm = "LAB.EXAMPLE";
        rules->realms[0].takes_tickets = true;
    }

    void map(std::size_t realm, std::vector<std::string> auth_to_local)
    {
        auto names = kerberos::ForeignNames::make(rules->names[realm].kerberos_realm, std::move(auth_to_local));
        REQUIRE(names);
        rules->realms[realm].foreign_names = std::move(*names);
    }

    /// REALM:name, or the reason that it is nobody.
    std::string meant_by(const std::string& name, const std::string& realm, const std::string& sid = {}) const
    {
        const TicketCredential ticket{
            .login = name + '@' + realm, .authzid = {}, .name = name, .kerberos_realm = realm, .sid = sid, .ends = {}};
        const auto person = gate::person_of_ticket(*rules, *pins, ticket);
        return person ? person->realm->realm + ':' + person->name.given : std::string(name_of(person.error().reason()));
    }
};

const std::string other = R"(RULE:[1:$1@$0](.*@OTHER)s/@.*//)";
} // namespace

TEST_CASE_METHOD(Fixture, "a ticket is of the realm with its Kerberos realm, whichever realm has the keytab", "[unit]")
{
    REQUIRE(meant_by("bob", "CAMPUS.EXAMPLE") == "CAMPUS:bob");
    REQUIRE(meant_by("bob", "LAB.EXAMPLE") == "LAB:bob");
    REQUIRE(meant_by("bob", "OTHER") == "unknown-realm");
    rules->names[1].kerberos_realm.clear();
    lab->kind_of = "active-directory";
    REQUIRE(meant_by("bob", "", "S-1-5-21-1-2-3-4") == "unknown-realm"); // no realm is not a realm
}

TEST_CASE_METHOD(Fixture, "of several realms with one Kerberos realm, tickets are of the one that takes them", "[unit]")
{
    rules->names[1].kerberos_realm = "CAMPUS.EXAMPLE";
    REQUIRE(meant_by("bob", "CAMPUS.EXAMPLE") == "CAMPUS:bob");
    rules->realms[0].takes_tickets = false;
    rules->realms[1].takes_tickets = true;
    REQUIRE(meant_by("bob", "CAMPUS.EXAMPLE") == "LAB:bob");
    rules->realms[1].takes_tickets = false;
    map(0, {R"(RULE:[1:$1@$0](.*)s/@.*//)"});
    REQUIRE(meant_by("bob", "CAMPUS.EXAMPLE") == "unknown-realm");
}

TEST_CASE_METHOD(Fixture, "rules name people for foreign realms only, never for one that is configured", "[unit]")
{
    map(0, {R"(RULE:[1:$1@$0](.*)s/@.*//)", "DEFAULT"});
    REQUIRE(meant_by("bob", "OTHER") == "CAMPUS:bob");
    REQUIRE(meant_by("bob", "lab.example") == "CAMPUS:bob"); // another realm than LAB.EXAMPLE
    REQUIRE(meant_by("bob", "LAB.EXAMPLE") == "LAB:bob");
    campus->kind_of = "active-directory";
    lab->kind_of = "active-directory";
    REQUIRE(meant_by("bob", "CAMPUS.EXAMPLE") == "ticket-without-pac");
    REQUIRE(meant_by("bob", "LAB.EXAMPLE") == "ticket-without-pac");
    REQUIRE(meant_by("bob", "LAB.EXAMPLE", "S-1-5-21-1-2-3-4") == "LAB:sid:S-1-5-21-1-2-3-4");
}

TEST_CASE_METHOD(Fixture,
                 "in Active Directory a foreign principal is the person whom the rule names, whatever its PAC says",
                 "[unit]")
{
    campus->kind_of = "active-directory";
    map(0, {other});
    REQUIRE(meant_by("bob", "OTHER", "S-1-5-21-1-2-3-500") == "CAMPUS:bob");
    REQUIRE(meant_by("bob", "OTHER") == "CAMPUS:bob");
}

TEST_CASE_METHOD(Fixture, "what a rule makes of a principal must be a short name for certain", "[unit]")
{
    map(0, {R"(RULE:[1:$1@$0](q.*@OTHER)s/@OTHER/@campus.example/)", R"(RULE:[1:$1@$0](w.*@OTHER)s/@OTHER/\\x/)",
            R"(RULE:[1:$1@$0](nobody@OTHER)s/.*//)", other});
    REQUIRE(meant_by("bob", "OTHER") == "CAMPUS:bob");
    for (const std::string name : {"Bob", "b ob", "\xc3\xa4", "quinn", "wanda", "nobody"}) {
        INFO(name);
        REQUIRE(meant_by(name, "OTHER") == "unknown-person");
    }
}

TEST_CASE_METHOD(Fixture, "two realms whose rules map a principal leave it to nobody; a listener's pins choose one",
                 "[unit]")
{
    map(0, {other});
    map(1, {other});
    REQUIRE(meant_by("bob", "OTHER") == "ambiguous-name");
    pins->realms = {"LAB"};
    REQUIRE(meant_by("bob", "OTHER") == "LAB:bob");
    REQUIRE(meant_by("bob", "CAMPUS.EXAMPLE") == "realm-not-allowed");
    rules->realms[1].foreign_names = nullptr;
    REQUIRE(meant_by("bob", "OTHER") == "realm-not-allowed");
}
