// What the directory's administrators change holds at every door within two seconds.
#include "client/blocking_authd.hpp"
#include "support/changes.hpp"
#include "support/eventually.hpp"
#include "support/every_door.hpp"

#include <catch2/catch.hpp>

#include <iostream>
#include <optional>
#include <thread>
#include <vector>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
constexpr auto promise = promised(2s);

std::chrono::steady_clock::time_point steady(WallTime moment)
{
    return std::chrono::steady_clock::now() -
           std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now() - moment);
}

/// An authd that has granted everybody once, so that every answer comes from memory unless something changes.
struct Warm {
    explicit Warm(const std::string& name, const std::string& service = "imap")
        : authd(name, {.realms = joined_realm(),
                       .listeners = door_listeners(name, service),
                       .services = "  staff-only: {allow_groups: [staff]}\n"}),
          doors(authd, service)
    {
        REQUIRE(eventually(20s, [&] { return feed_is_live(authd); }));
    }

    void warm(const std::string& login, const std::string& password)
    {
        REQUIRE(eventually(10s, [&] { return doors.all_say(Told::granted, login, password); }));
    }

    /// Makes a change, then waits until every door says `told`. `make` tells when the directory had made it; nothing:
    /// at once.
    void change(const std::string& what, const std::function<std::optional<WallTime>()>& make, Told told,
                const std::string& login, const std::string& password)
    {
        const std::optional<WallTime> made = make();
        const auto since = made ? steady(*made) : std::chrono::steady_clock::now();
        const auto took = doors.all_say_after(since, told, login, password);
        std::cout << "promises: " << what << ": every door says " << name_of(told) << " after " << took.count()
                  << " ms\n";
        CHECK(took <= promise);
    }

    OwnAuthd authd;
    EveryDoor doors;
};

using Hours = std::chrono::sys_time<std::chrono::hours>;

Hours hour_of(WallTime moment)
{
    return std::chrono::floor<std::chrono::hours>(moment);
}

/// Lets the person log in during these hours of the week only, as an administrator of the domain does. Returns when.
WallTime permit(const TestPerson& person, const std::vector<Hours>& hours)
{
    std::string list;
    for (const Hours hour : hours) {
        const auto since_sunday =
            hour - std::chrono::floor<std::chrono::days>(hour) +
            std::chrono::hours(24) * std::chrono::weekday(std::chrono::floor<std::chrono::days>(hour)).c_encoding();
        list += (list.empty() ? "" : ",") + std::to_string(since_sunday.count());
    }
    return person.change("logon-hours", list);
}

/// Until when the native door says that a login holds.
std::optional<WallTime> valid_until(const OwnAuthd& authd, const TestPerson& person)
{
    client::BlockingAuthd door(authd.door("native").path.string());
    const auto answer = door.authenticate(
        {.service = "imap", .login = person.name(), .password = secret(person.password()), .address = {}},
        Clock::now() + 30s);
    return answer ? answer->valid_until : std::nullopt;
}
} // namespace

TEST_CASE("promises: a changed password: the old one is refused and the new one accepted at every door",
          "[openldap][active-directory]")
{
    Warm campus("password");
    const TestPerson mona("mona");
    campus.warm(mona.name(), mona.password());
    const std::string before = mona.password();
    const std::string after = "Another-Passw0rd-4711";
    SECTION("the old one is tried first")
    {
        campus.change(
            "password changed, the old one", [&] { return mona.set_password(after); }, Told::denied, mona.name(),
            before);
        CHECK(campus.doors.all_say(Told::granted, mona.name(), after));
    }
    SECTION("the new one is tried first")
    {
        campus.change(
            "password changed, the new one", [&] { return mona.set_password(after); }, Told::granted, mona.name(),
            after);
        campus.change(
            "password changed, the old one after the new one", [] { return std::nullopt; }, Told::denied, mona.name(),
            before);
    }
    SECTION("the old one is set again after that")
    {
        campus.change(
            "password changed, the new one", [&] { return mona.set_password(after); }, Told::granted, mona.name(),
            after);
        campus.change(
            "password changed back, the first one", [&] { return mona.set_password(before); }, Told::granted,
            mona.name(), before);
        campus.change(
            "password changed back, the one in between", [] { return std::nullopt; }, Told::denied, mona.name(), after);
        return;
    }
    SECTION("authd was restarted in between, and the old one is tried first")
    {
        mona.set_password(after);
        campus.authd.process().signal(SIGTERM);
        REQUIRE(eventually(10s, [&] { return !campus.authd.process().running(); }));
        campus.authd.start_again();
        REQUIRE(eventually(20s, [&] { return feed_is_live(campus.authd); }));
        campus.change(
            "password changed and authd restarted, the old one", [] { return std::nullopt; }, Told::denied, mona.name(),
            before);
        CHECK(campus.doors.all_say(Told::granted, mona.name(), after));
    }
    CHECK(campus.doors.all_say(Told::denied, mona.name(), before));
    CHECK(campus.doors.all_say(Told::granted, mona.name(), after));
}

TEST_CASE("promises: disabled and enabled", "[openldap][active-directory]")
{
    Warm campus("disabled");
    const TestPerson mona("mona");
    campus.warm(mona.name(), mona.password());
    campus.change("disabled", [&] { return mona.change("disable"); }, Told::denied, mona.name(), mona.password());
    CHECK(campus.doors.userdb("mona").told == Told::granted); // mail for her is kept, not returned
    campus.change("enabled", [&] { return mona.change("enable"); }, Told::granted, mona.name(), mona.password());
}

TEST_CASE(
    "promises: who is disabled under a policy that locks is refused by an authd that knows nothing yet, not put off",
    "[openldap]")
{
    Warm campus("locks");
    const TestPerson mona("mona");
    mona.change("policy", "lockable");
    campus.warm(mona.name(), mona.password());
    campus.change("disabled", [&] { return mona.change("disable"); }, Told::denied, mona.name(), mona.password());
    campus.authd.process().signal(SIGTERM);
    REQUIRE(eventually(10s, [&] { return !campus.authd.process().running(); }));
    campus.authd.start_again();
    REQUIRE(eventually(20s, [&] { return feed_is_live(campus.authd); }));
    CHECK(campus.doors.all_say(Told::denied, mona.name(), mona.password()));
    CHECK(campus.doors.all_say(Told::denied, mona.name(), "Mistyped-Passw0rd"));
}

TEST_CASE("promises: locked and unlocked", "[openldap][active-directory]")
{
    Warm campus("locked");
    const TestPerson mona("mona");
    campus.warm(mona.name(), mona.password());
    campus.change("locked", [&] { return mona.change("lock"); }, Told::denied, mona.name(), mona.password());
    campus.change("unlocked", [&] { return mona.change("unlock"); }, Told::granted, mona.name(), mona.password());
}

TEST_CASE("promises: deleted", "[openldap][active-directory]")
{
    Warm campus("deleted");
    campus.doors.ask_userdb_too();
    const TestPerson mona("mona");
    campus.warm(mona.name(), mona.password());
    campus.change("deleted", [&] { return mona.change("delete"); }, Told::denied, mona.name(), mona.password());
}

TEST_CASE("promises: renamed: the new name gets in, the old one does not, the mailbox stays",
          "[openldap][active-directory]")
{
    Warm campus("renamed");
    campus.doors.ask_userdb_too();
    const TestPerson mona("mona");
    campus.warm(mona.name(), mona.password());
    campus.change(
        "renamed, the new name", [&] { return mona.rename("mona-new"); }, Told::granted, "mona-new", mona.password());
    campus.change("renamed, the old name", [] { return std::nullopt; }, Told::denied, "mona", mona.password());
    const Reply reply = native_login(campus.authd.door("native"), "imap", "mona-new", mona.password());
    CHECK(reply.words == "mona");
    CHECK(campus.doors.userdb("mona-new").words == "mona");

    const TestPerson namesake("mona", "Namesake-Passw0rd-1"); // new, with the old name
    REQUIRE(eventually(5s, [&] { return campus.doors.all_say(Told::granted, "mona", namesake.password()); }));
    CHECK(native_login(campus.authd.door("native"), "imap", "mona", namesake.password()).words == "mona2");
    CHECK(campus.doors.userdb("mona").words == "mona2");
}

TEST_CASE("promises: moved out of scope, and back", "[openldap][active-directory]")
{
    Warm campus("moved");
    campus.doors.ask_userdb_too();
    const TestPerson mona("mona");
    campus.warm(mona.name(), mona.password());
    campus.change(
        "moved out of scope", [&] { return mona.change("move-out"); }, Told::denied, mona.name(), mona.password());
    campus.change("moved back", [&] { return mona.change("move-in"); }, Told::granted, mona.name(), mona.password());
}

TEST_CASE("promises: put into and out of a group three nestings deep on which admission depends",
          "[openldap][active-directory]")
{
    Warm campus("groups", "staff-only");
    const TestPerson mona("mona");
    REQUIRE(eventually(5s, [&] { return campus.doors.all_say(Told::denied, mona.name(), mona.password()); }));
    campus.change("into the group", [&] { return mona.join("team-a"); }, Told::granted, mona.name(), mona.password());
    campus.change("out of the group", [&] { return mona.leave("team-a"); }, Told::denied, mona.name(), mona.password());
    campus.change(
        "into the group again", [&] { return mona.join("team-a"); }, Told::granted, mona.name(), mona.password());
    const GroupLink nesting("dept-1", "team-a"); // taken away now, put back at its end
    campus.change(
        "the group's group out of its group", [&] { return nesting.taken_out_at(); }, Told::denied, mona.name(),
        mona.password());
}

TEST_CASE("promises: what the clock ends needs no write in the directory", "[openldap][active-directory]")
{
    Warm campus("clock");
    const TestPerson mona("mona");
    campus.warm(mona.name(), mona.password());
    const auto ends = [&](const std::string& what, const std::string& action) {
        // A busy machine needs some of it to see that the doors still grant.
        const auto at = steady(mona.change(action, "8")) + 8s;
        CHECK(eventually(7s, [&] { return campus.doors.all_say(Told::granted, mona.name(), mona.password()); }));
        std::this_thread::sleep_until(at);
        const auto took = campus.doors.all_say_after(at, Told::denied, mona.name(), mona.password());
        std::cout << "promises: " << what << ": every door refuses " << took.count() << " ms after the moment\n";
        CHECK(took <= promise);
    };
    SECTION("the account expires")
    {
        ends("account expires", "expire-in");
    }
    SECTION("the password expires")
    {
        ends("password expires", "password-expires-in");
    }
    SECTION("a lockout ends")
    {
        const auto locked = steady(mona.change("lock")); // for five seconds, of which slapd counts whole ones
        campus.doors.all_say_after(locked, Told::denied, mona.name(), mona.password());
        const auto took = campus.doors.all_say_after(locked, Told::granted, mona.name(), mona.password());
        std::cout << "promises: a lockout of 5 s ends: every door grants " << took.count() << " ms after it began\n";
        CHECK(took <= 5s + promise);
    }
}

TEST_CASE("promises: logon hours", "[active-directory]")
{
    Warm campus("hours");
    const TestPerson mona("mona");
    campus.warm(mona.name(), mona.password());
    const auto now = std::chrono::system_clock::now();
    campus.change(
        "hours that exclude the present one", [&] { return permit(mona, {hour_of(now) + 12h}); }, Told::denied,
        mona.name(), mona.password());

    // No clock can be turned for one program. The end that authd tells is that of the hour; it is seen to come when the
    // test runs shortly before it, and then only.
    const Hours last = hour_of(std::chrono::system_clock::now() + 30s);
    const Hours end = last + 1h;
    campus.change(
        "hours that end with the present one", [&] { return permit(mona, {last - 1h, last}); }, Told::granted,
        mona.name(), mona.password());
    const auto until = valid_until(campus.authd, mona);
    REQUIRE(until);
    CHECK(*until == WallTime(end));
    const auto left = std::chrono::ceil<std::chrono::seconds>(end - std::chrono::system_clock::now());
    std::cout << "promises: logon hours end: valid_until is the end of the hour, " << left.count() << " s ahead\n";
    if (left > 100s)
        return;
    std::this_thread::sleep_until(WallTime(end) - 2s);
    CHECK(campus.doors.all_say(Told::granted, mona.name(), mona.password()));
    std::this_thread::sleep_until(WallTime(end));
    const auto took =
        campus.doors.all_say_after(std::chrono::steady_clock::now(), Told::denied, mona.name(), mona.password());
    std::cout << "promises: logon hours end: every door refuses " << took.count() << " ms after the moment\n";
    CHECK(took <= promise);
}

} // namespace gatehouse::integration
