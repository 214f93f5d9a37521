// The directory is away: known people keep logging in, others are put off, nobody is refused wrongly.
#include "support/changes.hpp"
#include "support/client_load.hpp"
#include "support/directories.hpp"
#include "support/eventually.hpp"
#include "support/every_door.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <memory>
#include <thread>
#include <vector>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
/// One kind of login, and what must become of it while the directory is away. Each kind types the name in a way of its
/// own, by which the audit tells them apart.
struct Kind {
    std::string what;
    std::string login;
    std::string password;
    Told told;
    std::string reason;
    std::string source;
};

/// Clients of two doors that log in as one kind, until they are stopped.
class Crowd
{
public:
    Crowd(const OwnAuthd& authd, Kind kind) : kind_(std::move(kind))
    {
        const auto often = [](const Reply& reply) {
            std::this_thread::sleep_for(30ms);
            return reply;
        };
        load_.add(2, [=, this, door = authd.door("saslauthd")] {
            return often(saslauthd_login(door, "imap", kind_.login, kind_.password));
        });
        load_.add(2, [=, this, door = authd.door("native")] {
            return often(native_login(door, "imap", kind_.login, kind_.password));
        });
    }

    void stop() { load_.stop(); }
    const Kind& kind() const { return kind_; }
    int replies() const { return load_.granted() + load_.denied() + load_.unavailable(); }
    int as_expected() const
    {
        return kind_.told == Told::granted  ? load_.granted()
               : kind_.told == Told::denied ? load_.denied()
                                            : load_.unavailable();
    }

private:
    Kind kind_;
    ClientLoad load_;
};

bool directory_is_away(const OwnAuthd& authd)
{
    const auto status = authd.status();
    const auto& feed = status.at("realms").as_array().at(0).as_object().at("feed").as_object();
    return feed.at("away").as_bool() && !feed.at("live").as_bool();
}

std::string verdict_of(const AuditLine& line)
{
    return line["verdict"] + ", " + line["reason"] + (line["source"].empty() ? "" : ", " + line["source"]);
}

std::string verdict_of(const Kind& kind)
{
    return std::string(name_of(kind.told)) + ", " + kind.reason + (kind.source.empty() ? "" : ", " + kind.source);
}

/// For each name that was typed, how often the audit tells which verdict.
using Audited = std::map<std::string, std::map<std::string, int>>;

Audited audited(const AuditFile& audit)
{
    Audited found;
    for (const AuditLine& line : audit.settled())
        ++found[line["login"]][verdict_of(line)];
    return found;
}

int sum_of(const std::map<std::string, int>& verdicts)
{
    int lines = 0;
    for (const auto& [verdict, count] : verdicts)
        lines += count;
    return lines;
}

void check(const Crowd& crowd, const std::map<std::string, int>& verdicts)
{
    std::cout << "promises: a minute without the directory, " << crowd.kind().what << ": " << crowd.replies()
              << " logins, of which " << crowd.as_expected() << " were told " << crowd.kind().told << "; the audit:";
    for (const auto& [verdict, count] : verdicts) {
        std::cout << ' ' << count << " times " << verdict << ';';
        CHECK(verdict == verdict_of(crowd.kind()));
    }
    std::cout << '\n';
    CHECK(crowd.replies() > 100);
    CHECK(crowd.as_expected() == crowd.replies());
    CHECK(sum_of(verdicts) == crowd.replies());
}
} // namespace

TEST_CASE("promises: while the directory is away for a minute, nobody is refused wrongly, and the audit tells why",
          "[openldap][active-directory]")
{
    const Lab& lab = Lab::current();
    const TestPerson mona("mona"); // will be disabled; deleted when the directory is back
    const DirectoryServer directory(1);
    const OwnAuthd authd("grace", {.realms = joined_realm("    proofs: {grace_exclude: [students]}\n"),
                                   .listeners = door_listeners("grace")});
    const EveryDoor doors(authd);
    const SamplePerson& alice = lab.person("alice");
    const SamplePerson& bob = lab.person("bob"); // of the excluded group
    REQUIRE(eventually(20s, [&] { return feed_is_live(authd); }));
    REQUIRE(eventually(10s, [&] { return doors.all_say(Told::granted, alice.name, alice.password); }));
    REQUIRE(doors.all_say(Told::granted, bob.name, bob.password));
    REQUIRE(doors.all_say(Told::granted, mona.name(), mona.password()));
    REQUIRE(doors.all_say(Told::denied, alice.name, "yesterdays"));
    mona.change("disable");
    REQUIRE(eventually(10s, [&] { return doors.all_say(Told::denied, mona.name(), mona.password()); }));

    ClientLoad known; // before, while and after
    known.add(2, [&] {
        std::this_thread::sleep_for(5ms);
        return saslauthd_login(authd.door("saslauthd"), "imap", "alice.liddell@campus.example", alice.password);
    });
    REQUIRE(eventually(10s, [&] { return known.granted() > 100; }));
    directory.stop();
    REQUIRE(eventually(30s, [&] { return directory_is_away(authd); }));

    const auto audit = authd.audit();
    const std::array<Kind, 7> kinds{{
        {"somebody known", alice.name, alice.password, Told::granted, "granted", "grace"},
        {"a known person of an excluded group", bob.name, bob.password, Told::unavailable, "directory-unavailable",
         "directory"},
        {"somebody who was never here", "paula", lab.person("paula").password, Told::unavailable,
         "directory-unavailable", "directory"},
        {"nobody", "nobody-here", "Some-Passw0rd", Told::unavailable, "directory-unavailable", ""},
        {"a wrong password", "alice@campus.example", "Wrong-Passw0rd", Told::unavailable, "directory-unavailable",
         "directory"},
        {"a password refused before", "CAMPUS\\alice", "yesterdays", Told::denied, "wrong-password", "refused-proof"},
        {"somebody disabled before", mona.name(), mona.password(), Told::denied, "account-disabled", "grace"},
    }};
    std::vector<std::unique_ptr<Crowd>> crowds;
    for (const Kind& kind : kinds)
        crowds.push_back(std::make_unique<Crowd>(authd, kind));
    std::this_thread::sleep_for(60s); // the outage itself
    for (const auto& crowd : crowds)
        crowd->stop();
    CHECK(directory_is_away(authd));
    Audited lines;
    CHECK(eventually(20s, [&] { // the last ones are written a moment after the answers
        lines = audited(audit);
        return std::ranges::all_of(
            crowds, [&](const auto& crowd) { return sum_of(lines[crowd->kind().login]) == crowd->replies(); });
    }));
    for (const auto& crowd : crowds)
        check(*crowd, lines[crowd->kind().login]);

    const int granted = known.granted();
    directory.start();
    CHECK(eventually(60s, [&] { return feed_is_live(authd) && doors.all_say(Told::granted, bob.name, bob.password); }));
    CHECK(eventually(10s, [&] { return known.granted() > granted + 100; }));
    CHECK(doors.all_say(Told::denied, alice.name, "Wrong-Passw0rd"));
    known.stop();
    std::cout << "promises: somebody known before, while and after the outage: " << known.granted() << " granted, "
              << known.denied() << " refused, " << known.unavailable() << " put off\n";
    CHECK(known.denied() == 0);
    CHECK(known.unavailable() == 0);
}

} // namespace gatehouse::integration
