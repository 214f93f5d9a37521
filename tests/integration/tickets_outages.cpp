// What tickets need beside the ticket: where it is away, logins are put off and nobody is refused.
#include "support/own_authd.hpp"
#include "tickets_lab.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

namespace gatehouse::integration
{

TEST_CASE("tickets, outage: where the file of seen messages cannot be written, logins by tickets are unavailable",
          "[openldap]")
{
    const PersonsTicket ticket("alice");
    std::filesystem::remove_all(Lab::current().folder() / "faults/replay-away"); // what a run that failed has left
    OwnAuthd authd("replay-away",
                   {.realms = Lab::current().realms_yaml(),
                    .listeners = "  - name: tickets\n    door: dovecot\n    mechanisms: [GSSAPI, GSS-SPNEGO]\n"
                                 "    socket: {path: " +
                                 (Lab::current().folder() / "doors/replay-away").string() + ", mode: \"0666\"}\n"});
    const std::filesystem::path seen = authd.configuration_file().parent_path() / "replay";
    DovecotClient door(Lab::current().door("replay-away"));
    const auto exchange = [&](const std::string& mechanism) {
        return mechanism == "GSSAPI" ? gssapi_exchange(door, "imap", ticket) : spnego_exchange(door, "imap", ticket);
    };
    for (const std::string mechanism : {"GSSAPI", "GSS-SPNEGO"}) {
        const auto audit = authd.audit();
        CHECK(exchange(mechanism).ok());
        REQUIRE(audit.lines().size() == 1);
        std::filesystem::rename(seen, seen.string() + "-away");
        std::filesystem::create_directory(seen); // a folder can be opened for writing by nobody, root included
        CHECK_FALSE(exchange(mechanism).ok());
        const auto lines = audit.lines(2);
        REQUIRE(lines.size() == 2);
        INFO(lines[1].text());
        CHECK(lines[1]["verdict"] == "unavailable");
        CHECK(lines[1]["reason"] == "store-unavailable");
        std::filesystem::remove(seen);
        std::filesystem::rename(seen.string() + "-away", seen);
        CHECK(exchange(mechanism).ok());
        REQUIRE(audit.lines(3).size() == 3); // written late, they would be the next one's
    }
}

} // namespace gatehouse::integration
