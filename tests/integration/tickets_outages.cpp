// What tickets need beside the ticket: where it is away, logins are put off and nobody is refused.
#include "support/own_authd.hpp"
#include "support/small_disk.hpp"
#include "tickets_lab.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

namespace gatehouse::integration
{

namespace
{
/// As authd leaves it, and so long that the next mark needs another block of the disk.
std::string full_block_of_marks()
{
    std::string bytes = "gatehouse-seen-1";
    for (char i = 1; bytes.size() < 4096; ++i)
        bytes += std::string(16, i);
    return bytes;
}

OwnAuthd::Wishes with_replay_cache(const std::filesystem::path& file)
{
    return {.realms = Lab::current().realms_yaml(),
            .listeners = "  - name: tickets\n    door: dovecot\n    mechanisms: [GSSAPI, GSS-SPNEGO]\n"
                         "    socket: {path: " +
                         (Lab::current().folder() / "doors/replay-away").string() + ", mode: \"0666\"}\n",
            .replay_cache = file};
}
} // namespace

TEST_CASE("tickets, outage: while the file of what was accepted takes no more, logins by tickets are unavailable",
          "[openldap]")
{
    const PersonsTicket ticket("alice");
    const SmallDisk disk(Lab::current().folder() / "faults/small-replay-disk");
    write_file(disk.file("replay"), full_block_of_marks());
    disk.fill();
    const OwnAuthd authd("replay-away", with_replay_cache(disk.file("replay")));
    DovecotClient door(Lab::current().door("replay-away"));
    const auto exchange = [&](const std::string& mechanism) {
        return mechanism == "GSSAPI" ? gssapi_exchange(door, "imap", ticket) : spnego_exchange(door, "imap", ticket);
    };
    const auto audit = authd.audit();
    std::size_t lines_seen = 0;
    for (const std::string mechanism : {"GSSAPI", "GSS-SPNEGO"}) {
        CHECK_FALSE(exchange(mechanism).ok());
        const auto lines = audit.lines(++lines_seen);
        REQUIRE(lines.size() == lines_seen);
        INFO(lines.back().text());
        CHECK(lines.back()["verdict"] == "unavailable");
        CHECK(lines.back()["reason"] == "store-unavailable");
        CHECK_THAT(lines.back()["detail"], Catch::Contains(disk.file("replay").string()));
    }
    disk.make_room();
    for (const std::string mechanism : {"GSSAPI", "GSS-SPNEGO"})
        CHECK(exchange(mechanism).ok());
    REQUIRE(audit.lines(lines_seen + 2).size() == lines_seen + 2); // written late, they would be the next one's
}

TEST_CASE("tickets, outage: authd does not start where it cannot keep what was accepted, and says which file",
          "[openldap]")
{
    const auto folder = Lab::current().folder() / "faults/replay-is-a-folder";
    std::filesystem::create_directories(folder);
    CHECK_THROWS_WITH(OwnAuthd("replay-folder", with_replay_cache(folder)), Catch::Contains(folder.string()));
}

} // namespace gatehouse::integration
