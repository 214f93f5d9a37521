// The directory is away: known people keep logging in, others are put off, nobody is refused wrongly.
#include "support/changes.hpp"
#include "support/client_load.hpp"
#include "support/directories.hpp"
#include "support/eventually.hpp"
#include "support/every_door.hpp"

#include <catch2/catch.hpp>

#include <iostream>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

TEST_CASE("promises: while the directory is away, those whom authd knows keep logging in", "[openldap]")
{
    const Lab& lab = Lab::current();
    const DirectoryServer directory(1);
    const OwnAuthd authd("grace", {.realms = joined_realm("    proofs: {grace_exclude: [students]}\n"),
                                   .listeners = door_listeners("grace")});
    const EveryDoor doors(authd);
    const SamplePerson& alice = lab.person("alice");
    const SamplePerson& bob = lab.person("bob"); // of the excluded group
    REQUIRE(eventually(20s, [&] { return feed_is_live(authd); }));
    REQUIRE(eventually(10s, [&] { return doors.all_say(Told::granted, alice.name, alice.password); }));
    REQUIRE(doors.all_say(Told::granted, bob.name, bob.password));

    const auto audit = authd.audit();
    ClientLoad load;
    load.add(4, [&] { return saslauthd_login(authd.door("saslauthd"), "imap", alice.name, alice.password); });
    REQUIRE(eventually(10s, [&] { return load.granted() > 100; }));
    directory.stop();
    REQUIRE(eventually(20s, [&] { return doors.all_say(Told::unavailable, bob.name, bob.password); }));
    CHECK(doors.all_say(Told::granted, alice.name, alice.password));
    const SamplePerson& unknown = lab.person("paula"); // exists, but has not logged in here
    CHECK(saslauthd_login(authd.door("saslauthd"), "imap", unknown.name, unknown.password).told == Told::unavailable);
    CHECK(saslauthd_login(authd.door("saslauthd"), "imap", alice.name, "wrong").told == Told::unavailable);
    const auto granted = load.granted();
    REQUIRE(eventually(10s, [&] { return load.granted() > granted + 100; }));
    directory.start();
    REQUIRE(eventually(60s, [&] { return doors.all_say(Told::granted, bob.name, bob.password); }));
    load.stop();

    std::cout << "promises: " << load.granted() << " logins of a known person around an outage, " << load.unavailable()
              << " put off, " << load.denied() << " refused\n";
    CHECK(load.denied() == 0);
    CHECK(load.unavailable() == 0);
    bool grace = false;
    for (const AuditLine& line : audit.settled())
        grace = grace || (line["login"] == alice.name && line["source"] == "grace");
    CHECK(grace);
}

} // namespace gatehouse::integration
