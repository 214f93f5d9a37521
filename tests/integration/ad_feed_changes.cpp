// The feed of Active Directory against the lab's Samba: each change arrives within two seconds. Whoever is changed here
// is made here and deleted at the end; the sample people are only looked at.
#include "ad_feed_lab.hpp"

namespace gatehouse::integration
{

using namespace std::chrono_literals;

TEST_CASE("ad-feed: the first sweep tells everybody, with groups and what holds for the realm", "[ad-feed]")
{
    Followed campus;
    for (const SamplePerson& sample : Lab::current().people().all()) {
        INFO(sample.name);
        const auto person = campus.record->person(sample.name);
        REQUIRE(person);
        CHECK_FALSE(person->id.empty());
        CHECK(person->known == Detail::account);
        CHECK_FALSE(person->state.locked == (sample.state != "account-locked"));
        CHECK(person->state.disabled == (sample.state == "account-disabled"));
        CHECK(person->state.must_change_password == (sample.state == "must-change-password"));
        CHECK(person->password_version.empty() == (sample.state == "must-change-password"));
        CHECK(person->state.logon_hours.has_value() == (sample.state == "logon-hours"));
        CHECK(person->state.workstations_restricted == (sample.state == "workstation"));
    }
    CHECK(campus.record->groups_of("alice") ==
          std::set<std::string>{"Domain Users", "Users", "dept-1", "library", "staff", "team-a"});
    CHECK(campus.person("harry").state.password_expires < std::chrono::system_clock::now());

    const RealmFacts facts = campus.record->facts();
    CHECK(facts.lockout == LockoutPolicy{.threshold = 5, .window = 5s, .duration = 5s});
    CHECK(facts.own_suffixes == std::vector<std::string>{"campus.example"});
    CHECK_FALSE(facts.qualified_names_any_suffix);
    CHECK(facts.old_password_period == 1h);
    const FeedState state = campus.record->state();
    CHECK(state.server == shown("address"));
    CHECK(state.cursor.starts_with("usn "));
}

TEST_CASE("ad-feed: what administrators change arrives within two seconds", "[ad-feed]")
{
    const Delegation delegation;
    Followed campus;
    REQUIRE(eventually(patience, [&] { return campus.record->state().trouble.empty(); }));
    const auto mona_is = [&](auto condition) {
        return [&campus, condition] {
            const auto mona = campus.record->person("mona");
            return mona && condition(*mona);
        };
    };
    const Somebody mona("mona");
    campus.arrives("created", mona.made, promise, mona_is([](const Person&) { return true; }));
    const std::string version = campus.person("mona").password_version;
    campus.arrives(
        "password changed", change_directory({"set-password", "mona"}, "Another-Passw0rd-1"), promise,
        mona_is([&](const Person& p) { return p.password_version != version && !p.password_version.empty(); }));
    campus.arrives("must change", change_directory({"must-change", "mona"}), promise,
                   mona_is([](const Person& p) { return p.state.must_change_password && p.password_version.empty(); }));
    campus.arrives("password set", change_directory({"set-password", "mona"}, test_password), promise,
                   mona_is([](const Person& p) { return !p.state.must_change_password; }));
    campus.arrives("disabled", change_directory({"disable", "mona"}), promise,
                   mona_is([](const Person& p) { return p.state.disabled; }));
    campus.arrives("enabled", change_directory({"enable", "mona"}), promise,
                   mona_is([](const Person& p) { return !p.state.disabled; }));
    campus.arrives("expires", change_directory({"expire-in", "mona", "3600"}), promise,
                   mona_is([](const Person& p) { return p.state.expires.has_value(); }));
    campus.arrives(
        "password expires", change_directory({"password-expires-in", "mona", "3600"}), promise,
        mona_is([](const Person& p) { return p.state.password_expires < std::chrono::system_clock::now() + 3601s; }));
    campus.arrives("logon hours", change_directory({"logon-hours", "mona", "none"}), promise,
                   mona_is([](const Person& p) { return p.state.logon_hours.has_value(); }));
    campus.arrives("moved out of scope", change_directory({"move-out", "mona"}), promise,
                   [&] { return !campus.record->person("mona"); });
    campus.arrives("moved into scope", change_directory({"move-in", "mona"}), promise,
                   mona_is([](const Person&) { return true; }));
    const std::string id = campus.person("mona").id;
    campus.arrives("renamed", change_directory({"rename", "mona", "lisa"}), promise, [&] {
        const auto lisa = campus.record->person("lisa");
        return lisa && lisa->id == id && !campus.record->person("mona");
    });
    campus.arrives("deleted", change_directory({"delete", "lisa"}), promise,
                   [&] { return !campus.record->person("lisa"); });
    CHECK(campus.record->sweeps() == 1);
    CHECK_FALSE(campus.record->was_away());
}

TEST_CASE("ad-feed: groups three deep arrive within two seconds", "[ad-feed]")
{
    Followed campus;
    const Somebody mona("mona");
    REQUIRE(eventually(patience, [&] { return campus.record->person("mona").has_value(); }));
    const auto is_staff = [&] { return campus.record->groups_of("mona").contains("staff"); };
    campus.arrives("into a group", change_directory({"group-add", "team-a", "mona"}), promise, is_staff);
    campus.arrives("out of it", change_directory({"group-remove", "team-a", "mona"}), promise,
                   [&] { return !is_staff(); });
    campus.arrives("into it again", change_directory({"group-add", "team-a", "mona"}), promise, is_staff);
    campus.arrives("the group's group out of its group", change_directory({"group-remove", "staff", "dept-1"}), promise,
                   [&] { return !is_staff(); });
    campus.arrives("and in again", change_directory({"group-add", "staff", "dept-1"}), promise, is_staff);
    campus.record->news();
    change_directory({"rename", "mona", "lisa"}); // the group's entry stays as it is
    change_directory({"group-add", "library", "lisa"});
    REQUIRE(eventually(patience, [&] { return campus.record->groups_of("lisa").contains("library"); }));
    CHECK(campus.record->groups_of("lisa").contains("staff"));
    change_directory({"rename", "lisa", "mona"});
}

TEST_CASE("ad-feed: wrong binds lock, the lock ends by the clock, and the count is told", "[ad-feed]")
{
    Followed campus;
    const Somebody mona("mona");
    REQUIRE(eventually(patience, [&] { return campus.record->person("mona").has_value(); }));
    const Person person = campus.person("mona");
    CHECK(campus.lockout_count(person).value().used == 0);
    CHECK(campus.check(person, "wrong-1").reason == Reason::wrong_password);
    CHECK(campus.check(person, "wrong-2").reason == Reason::wrong_password);
    const LockoutCount count = campus.lockout_count(person).value();
    CHECK(count.used == 2);
    CHECK(count.policy == LockoutPolicy{.threshold = 5, .window = 5s, .duration = 5s});
    for (const char* const wrong : {"wrong-3", "wrong-4", "wrong-5"})
        campus.check(person, wrong);
    const WallTime locked = std::chrono::system_clock::now();
    campus.arrives("locked", locked, promise, [&] { return campus.person("mona").state.locked; });
    const auto until = campus.person("mona").state.locked_until;
    REQUIRE(until);
    CHECK(*until <= locked + 5s);
    CHECK(*until > locked + 3s);
    CHECK(campus.check(person, test_password).reason == Reason::account_locked);
    campus.arrives("unlocked", change_directory({"unlock", "mona"}), promise,
                   [&] { return !campus.person("mona").state.locked; });
    CHECK(campus.check(person, test_password).reason == Reason::granted);
    CHECK(eventually(patience, [&] { return campus.lockout_count(person).value().used == 0; })); // the window passes
}

TEST_CASE("ad-feed: a login changes nothing that is told", "[ad-feed]")
{
    Followed campus;
    const Person alice = campus.person("alice");
    campus.record->news();
    REQUIRE(campus.check(alice, "wrong").reason == Reason::wrong_password); // writes badPwdCount
    REQUIRE(campus.check(alice, Lab::current().people().named("alice").password).reason == Reason::granted);
    std::this_thread::sleep_for(1500ms); // three looks
    CHECK(campus.record->news() == 0);
}

TEST_CASE("ad-feed: a person who has moved since is checked by id, in one attempt", "[ad-feed]")
{
    Followed campus;
    const Somebody mona("mona");
    REQUIRE(eventually(patience, [&] { return campus.record->person("mona").has_value(); }));
    std::this_thread::sleep_for(1500ms); // until the server is known to take ids
    Person stale = campus.person("mona");
    stale.dn = "CN=somewhere else,DC=campus,DC=example";
    CHECK(campus.check(stale, test_password).reason == Reason::granted);
    CHECK(campus.check(stale, "wrong").reason == Reason::wrong_password);
    CHECK(campus.lockout_count(stale).value().used == 1);
}

TEST_CASE("ad-feed: a fine-grained policy decides where it can be read", "[ad-feed]")
{
    const Somebody mona("mona");
    change_directory({"pso", "mona", "3", "60"});
    {
        Followed campus;
        CHECK_FALSE(campus.lockout_count(campus.person("mona")).value().policy); // somebody else's, not readable
        change_directory({"lock", "mona"});
        REQUIRE(eventually(patience, [&] { return campus.person("mona").state.locked; }));
        CHECK(campus.person("mona").state.lock_may_have_ended);
        change_directory({"unlock", "mona"});
    }
    const Delegation delegation;
    Followed campus;
    CHECK(campus.lockout_count(campus.person("mona")).value().policy ==
          LockoutPolicy{.threshold = 3, .window = 60s, .duration = 60s});
    const WallTime locked = change_directory({"lock", "mona"});
    REQUIRE(eventually(patience, [&] { return campus.person("mona").state.locked; }));
    CHECK(campus.person("mona").state.locked_until > locked + 50s);
    change_directory({"no-pso", "mona"}); // now the domain's five seconds hold, which have soon passed
    CHECK(eventually(patience, [&] {
        return !campus.person("mona").state.locked || campus.person("mona").state.locked_until < locked + 10s;
    }));
    change_directory({"unlock", "mona"});
}

} // namespace gatehouse::integration
