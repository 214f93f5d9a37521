// Tickets out of their time, and clients whose clocks are wrong: made with the services' own keys, since no KDC gives
// them.
#include "tickets_lab.hpp"

#include <catch2/catch.hpp>

#include <iostream>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
Place imap_door()
{
    return Lab::current().socket("dovecot/run/login/login");
}

struct Seen {
    bool ok = false;
    std::string reason;
    std::string detail;
    std::string login;
};

/// One exchange, and its only audit line.
Seen seen_of(const std::string& mechanism, const UnusualTicket& ticket)
{
    DovecotClient door(imap_door());
    const auto audit = Lab::current().audit();
    const Exchanged exchanged =
        mechanism == "GSSAPI" ? gssapi_exchange(door, "imap", ticket) : spnego_exchange(door, "imap", ticket);
    const auto lines = audit.lines();
    REQUIRE(lines.size() == 1);
    std::cout << "tickets: " << mechanism << ": " << lines[0]["verdict"] << ", " << lines[0]["reason"] << ": "
              << lines[0]["detail"] << '\n';
    CHECK(lines[0]["mechanism"] == mechanism);
    return {exchanged.ok(), lines[0]["reason"], lines[0]["detail"], lines[0]["login"]};
}

void require_refused(MadeTicket ticket, const std::string& reason, const std::string& words)
{
    for (const char* const mechanism : {"GSSAPI", "GSS-SPNEGO"}) {
        const Seen seen = seen_of(mechanism, UnusualTicket("alice", ticket));
        CHECK_FALSE(seen.ok);
        CHECK(seen.reason == reason);
        CHECK(seen.detail.find(words) != std::string::npos);
    }
}
} // namespace

TEST_CASE("tickets, attack: a ticket that has expired is refused, and the audit line says so",
          "[openldap][active-directory]")
{
    // Made now, the same ticket is one: only its time is what refuses it below. A domain controller's has a PAC
    // besides.
    const Seen fresh = seen_of("GSSAPI", UnusualTicket("alice", {}));
    const bool pac_wanted = Lab::current().is(DirectoryKind::active_directory);
    CHECK(fresh.ok == !pac_wanted);
    CHECK(fresh.reason == (pac_wanted ? "ticket-without-pac" : "granted"));
    CHECK(fresh.login.starts_with("alice@"));

    require_refused({.begins = -2h, .ends = -1h, .clock_of_client = -90min}, "ticket-expired", "expired");
    require_refused({.begins = -10h, .ends = -6min, .clock_of_client = -7min}, "ticket-expired", "expired");
}

TEST_CASE("tickets, attack: a ticket of the future, and a client whose clock is wrong, are refused",
          "[openldap][active-directory]")
{
    require_refused({.begins = 1h, .ends = 2h, .clock_of_client = 90min}, "ticket-refused", "not yet valid");
    for (const auto wrong : {-10min, 10min})
        require_refused({.begins = -1h, .ends = 1h, .clock_of_client = wrong}, "ticket-refused", "Clock skew");
}

} // namespace gatehouse::integration
