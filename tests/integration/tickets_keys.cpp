// The services' keys change, and tickets grow long.
#include "support/eventually.hpp"
#include "tickets_lab.hpp"

#include <catch2/catch.hpp>

#include <iostream>

namespace gatehouse::integration
{

namespace
{
using namespace std::chrono_literals;

Place imap_door()
{
    return Lab::current().socket("dovecot/run/login/login");
}

bool logs_in(const Ticket& ticket)
{
    DovecotClient door(imap_door());
    return gssapi_exchange(door, "imap", ticket).ok();
}
} // namespace

TEST_CASE("tickets: a key is changed, and nobody is refused who has a ticket of either key",
          "[openldap][active-directory]")
{
    const PersonsTicket before("alice");
    REQUIRE(logs_in(before)); // from now on it has the service's ticket of the old key
    Lab::current().must("tickets", {"rotate"});
    CHECK(logs_in(before));
    const PersonsTicket after("alice");
    CHECK(eventually(3s, [&] { return logs_in(after); })); // a keytab is looked at once a second
    CHECK(logs_in(before));
}

TEST_CASE("tickets: a key is changed without its keytab, and the audit line says what is missing",
          "[openldap][active-directory]")
{
    const PersonsTicket before("alice");
    REQUIRE(logs_in(before));
    Lab::current().must("tickets", {"rotate", "--keys-only"});
    CHECK(logs_in(before));
    const PersonsTicket after("alice");
    {
        const auto audit = Lab::current().audit();
        CHECK_FALSE(logs_in(after));
        const auto lines = audit.lines();
        REQUIRE(lines.size() == 1);
        CHECK(lines[0]["reason"] == "ticket-refused");
        std::cout << "tickets: a key that the keytab lacks: " << lines[0]["detail"] << '\n';
        CHECK_FALSE(lines[0]["detail"].empty());
    }
    Lab::current().must("tickets", {"rotate"});
    const PersonsTicket fresh("alice");
    CHECK(eventually(3s, [&] { return logs_in(fresh); }));
}

TEST_CASE("tickets: somebody in 1,000 domain local groups logs in", "[active-directory]")
{
    const std::string name = "joiner";
    Newcomer joiner(name, "J0iner-Passw0rd");
    Lab::current().must("samba-ad", {"change", "many-groups", name, "1000"}, {.timeout = 3min});
    const Ticket ticket(name, "J0iner-Passw0rd", "tickets");
    DovecotClient door(imap_door());
    const Exchanged exchanged = gssapi_exchange(door, "imap", ticket);
    std::cout << "tickets: the first message of somebody in 1,000 groups has " << exchanged.sent.front().size()
              << " bytes, in base64 " << (exchanged.sent.front().size() + 2) / 3 * 4 << '\n';
    CHECK(exchanged.ok());
    CHECK(exchanged.sent.front().size() > 8000);
    // Postfix as docs/sign-in-with-tickets.md sets it.
    const Reply reply = curl_with_ticket("smtp", "localhost", Lab::current().place("submission-dovecot"), ticket);
    INFO(reply.words);
    CHECK(reply.told == Told::granted);
    Lab::current().must("samba-ad", {"change", "no-groups", name, "1000"}, {.timeout = 3min});
}

} // namespace gatehouse::integration
