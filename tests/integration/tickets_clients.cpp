// Mail clients with a ticket and no password, through Dovecot and Postfix.
#include "support/clients.hpp"
#include "tickets_lab.hpp"

#include <catch2/catch.hpp>

#include <functional>

namespace gatehouse::integration
{

namespace
{
struct Way {
    std::string name;
    std::string service; ///< as authd is asked
    std::function<Reply(const Ticket&)> log_in;
};

std::vector<Way> ways()
{
    const auto curl = [](const std::string& scheme, const std::string& port) {
        return [=](const Ticket& ticket) {
            return curl_with_ticket(scheme, "localhost", Lab::current().place(port), ticket);
        };
    };
    return {
        {"curl, IMAP at Dovecot", "imap", curl("imap", "dovecot-imap")},
        {"curl, POP3 at Dovecot", "pop3", curl("pop3", "dovecot-pop3")},
        {"curl, SMTP at Postfix", "smtp", curl("smtp", "submission-dovecot")},
        {"imtest, IMAP at Dovecot", "imap",
         [](const Ticket& ticket) {
             return imtest_with_ticket("localhost", Lab::current().place("dovecot-imap"), ticket);
         }},
        {"gsasl, IMAP at Dovecot", "imap",
         [](const Ticket& ticket) { return gsasl_with_ticket(Lab::current().place("dovecot-imap"), ticket); }},
    };
}
} // namespace

TEST_CASE("tickets: a client with a ticket and no password is granted, and the audit line names the principal",
          "[openldap][active-directory]")
{
    const PersonsTicket ticket("alice");
    for (const Way& way : ways()) {
        auto audit = Lab::current().audit();
        const Reply reply = way.log_in(ticket);
        INFO(way.name << ": " << reply.words);
        CHECK(reply.told == Told::granted);
        const auto lines = audit.lines();
        REQUIRE(lines.size() == 1);
        CHECK(lines[0]["verdict"] == "granted");
        CHECK(lines[0]["mechanism"] == "GSSAPI");
        CHECK(lines[0]["service"] == way.service);
        CHECK(lines[0]["name"] == "alice");
        CHECK(lines[0]["login"] == "alice@" + Lab::current().show("tickets").at("realm"));
    }
}

TEST_CASE("tickets: the ticket of somebody who was disabled since is refused and audited",
          "[openldap][active-directory]")
{
    Newcomer person("ticket-holder", "T1cket-Passw0rd");
    const Ticket ticket(person.name(), "T1cket-Passw0rd", "tickets");
    for (const Way& way : ways()) {
        INFO(way.name);
        CHECK(way.log_in(ticket).told == Told::granted);
    }
    person.change("disable");
    for (const Way& way : ways()) {
        auto audit = Lab::current().audit();
        const Reply reply = way.log_in(ticket);
        INFO(way.name << ": " << reply.words);
        CHECK(reply.told == Told::denied);
        const auto lines = audit.lines();
        REQUIRE(lines.size() == 1);
        CHECK(lines[0]["verdict"] == "denied");
        CHECK(lines[0]["reason"] == "account-disabled");
        CHECK(lines[0]["mechanism"] == "GSSAPI");
        CHECK(lines[0]["name"] == person.name());
    }
}

TEST_CASE("tickets: with a password it is as ever where tickets are taken", "[openldap][active-directory]")
{
    const Lab& lab = Lab::current();
    const SamplePerson& alice = lab.person("alice");
    CHECK(dovecot_login(lab.socket("dovecot/run/login/login"), "imap", alice.name, alice.password).told ==
          Told::granted);
    CHECK(dovecot_login(lab.socket("dovecot/run/login/login"), "imap", alice.name, "wrong").told == Told::denied);
}

} // namespace gatehouse::integration
