// What OpenLDAP's feed tells: everybody at first, then each change within two seconds.
#include "openldap_feed_recorded.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <iostream>
#include <thread>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
/// A person who exists while this does, under a name that no test changes back.
class Newcomer
{
public:
    explicit Newcomer(FollowedOpenLdap& realm, std::string name = "mona") : name_(std::move(name))
    {
        realm.change(
            {"create", name_}, [&](const auto& told) { return told.person(name_) != nullptr; }, 2s, "M0na-Passw0rd");
    }
    ~Newcomer() { Lab::current().script("slapd", {"change", "delete", name_}); }
    Newcomer(const Newcomer&) = delete;
    Newcomer& operator=(const Newcomer&) = delete;

private:
    std::string name_;
};

RecordedFeed::Condition state_of(std::string name, std::function<bool(const AccountState&)> holds)
{
    return [name = std::move(name), holds = std::move(holds)](const RecordedFeed::Told& told) {
        const PersonRecord* const found = told.person(name);
        return found != nullptr && holds(found->person.state);
    };
}

std::set<std::string> names_of(const std::vector<Membership>& groups)
{
    std::set<std::string> names;
    for (const Membership& membership : groups)
        names.insert(membership.group);
    return names;
}
} // namespace

TEST_CASE("feed: the sweep tells everybody as a search finds them, with the same groups", "[openldap-feed]")
{
    const bool nested = GENERATE(true, false);
    const bool groups = GENERATE(true, false);
    CAPTURE(nested, groups);
    FollowedOpenLdap realm([&](directory::OpenLdapSettings& settings) {
        settings.nested_groups = nested;
        if (!groups)
            settings.groups_base.clear(); // then only memberOf counts
    });
    realm.settle();
    const auto told = realm.feed().look();
    REQUIRE(told.people.size() == Lab::current().people().all().size());
    REQUIRE(told.sweeps_ended == 1);
    for (const auto& [id, record] : told.people) {
        CAPTURE(record.person.name);
        const Lookup found = realm.find(record.person.name);
        REQUIRE(found.outcome == Lookup::Outcome::found);
        CHECK(found.person.id == id);
        CHECK(found.person.dn == record.person.dn);
        CHECK(found.person.mailbox == record.person.mailbox);
        CHECK(found.person.addresses == record.person.addresses);
        CHECK(found.person.state.disabled == record.person.state.disabled);
        CHECK(found.person.state.expires == record.person.state.expires);
        CHECK(told.groups_of(record) == names_of(found.person.groups));
        CHECK_FALSE(record.person.password_version.empty());
    }
    CHECK(told.is_in("alice", "staff") == (nested && groups)); // memberOf names team-a only
    CHECK(told.is_in("alice", "team-a"));
    CHECK(told.facts.lockout == LockoutPolicy{.threshold = 0, .window = 24h * 3653, .duration = {}});
    CHECK(told.facts.qualified_names_any_suffix);
}

TEST_CASE("feed: an account's states arrive within two seconds", "[openldap-feed]")
{
    FollowedOpenLdap realm;
    realm.settle();
    const Newcomer mona(realm);
    realm.change({"disable", "mona"}, state_of("mona", [](const auto& state) { return state.disabled; }));
    realm.change({"enable", "mona"}, state_of("mona", [](const auto& state) { return !state.disabled; }));
    realm.change({"lock", "mona"}, state_of("mona", [](const auto& state) {
                     return state.locked && !state.lock_may_have_ended && state.locked_until.has_value();
                 }));
    realm.change({"unlock", "mona"}, state_of("mona", [](const auto& state) { return !state.locked; }));
    realm.change({"expire-in", "mona", "3600"},
                 state_of("mona", [](const auto& state) { return state.expires.has_value(); }));
    realm.change({"expire-in", "mona", "never"},
                 state_of("mona", [](const auto& state) { return !state.expires.has_value(); }));
    realm.change({"must-change", "mona"},
                 state_of("mona", [](const auto& state) { return state.must_change_password; }));
    realm.change({"password-expires-in", "mona", "100"}, state_of("mona", [](const auto& state) {
                     const auto left =
                         state.password_expires.value_or(WallTime::max()) - std::chrono::system_clock::now();
                     return left > 80s && left < 101s && !state.must_change_password;
                 }));
}

TEST_CASE("feed: who comes, goes and is called otherwise arrives within two seconds", "[openldap-feed]")
{
    FollowedOpenLdap realm;
    realm.settle();
    const Newcomer mona(realm);
    const std::string id = realm.feed().look().person("mona")->person.id;
    const auto is_there = [&](const auto& told) { return told.people.contains(id); };
    const auto is_gone = [&](const auto& told) { return !told.people.contains(id); };
    realm.change({"rename", "mona", "lisa"},
                 [&](const auto& told) { return is_there(told) && told.people.at(id).person.name == "lisa"; });
    realm.change({"rename", "lisa", "mona"},
                 [&](const auto& told) { return is_there(told) && told.people.at(id).person.name == "mona"; });
    realm.change({"move-out", "mona"}, is_gone);
    realm.change({"move-in", "mona"}, is_there);
    realm.change({"delete", "mona"}, is_gone);
}

TEST_CASE("feed: people move with the unit that they are in, of which slapd tells nothing", "[openldap-feed]")
{
    const auto dn_is = [](const std::string& dn) {
        return [dn](const auto& told) { return told.person("mona") && told.person("mona")->person.dn == dn; };
    };
    const auto is_gone = [](const auto& told) { return told.person("mona") == nullptr; };
    const auto whatever = [](const auto&) { return true; };
    FollowedOpenLdap realm;
    realm.settle();
    realm.change({"unit", "band"}, whatever);
    realm.change({"unit-person", "band", "mona"}, dn_is("uid=mona,ou=band,ou=people,dc=campus,dc=example"), 2s,
                 "M0na-Passw0rd");
    realm.change({"unit-rename", "band", "choir"}, dn_is("uid=mona,ou=choir,ou=people,dc=campus,dc=example"));
    realm.change({"unit-move-out", "choir"}, is_gone);
    realm.change({"unit-move-in", "choir"}, dn_is("uid=mona,ou=choir,ou=people,dc=campus,dc=example"));
    realm.change({"unit-person-delete", "choir", "mona"}, is_gone);
    realm.change({"unit-delete", "choir"}, whatever);
}

TEST_CASE("feed: groups, three nestings deep, arrive within two seconds", "[openldap-feed]")
{
    FollowedOpenLdap realm;
    realm.settle();
    const Newcomer mona(realm);
    const auto in = [](const std::string& group) {
        return [group](const auto& told) { return told.is_in("mona", group); };
    };
    const auto out_of = [](const std::string& group) {
        return [group](const auto& told) { return !told.is_in("mona", group); };
    };
    realm.change({"group-add", "team-a", "mona"}, in("staff"));
    realm.change({"group-remove", "dept-1", "team-a"}, out_of("staff"));
    realm.change({"group-add", "dept-1", "team-a"}, in("staff"));
    // slapo-memberof writes to mona without telling anybody.
    REQUIRE(realm.feed().wait_for(3s, [](const auto& told) { return !told.person("mona")->member_of.empty(); }) ==
            std::nullopt);
    realm.change({"group-remove", "team-a", "mona"}, out_of("staff"));
    realm.change({"group-add", "library", "mona"}, in("library")); // by memberUid
    realm.change({"group-remove", "library", "mona"}, out_of("library"));
    realm.change({"group-create", "band"}, [](const auto& told) {
        return std::ranges::any_of(told.groups, [](const auto& group) { return group.second.name == "band"; });
    });
    realm.change({"group-add", "band", "mona"}, in("band"));
    realm.change({"group-delete", "band"}, out_of("band"));
}

TEST_CASE(
    "feed: the groups of whoever had a DN before are not theirs who get it, and who is renamed or moved keeps theirs",
    "[openldap-feed]")
{
    FollowedOpenLdap realm;
    realm.settle();
    const Newcomer mona(realm);
    const auto listed = [](const std::string& name, bool wanted) {
        return [=](const auto& told) {
            const auto team =
                std::ranges::find(told.groups, "team-a", [](const auto& each) { return each.second.name; });
            const bool is =
                std::ranges::find(team->second.members, "uid=" + name + ",ou=people,dc=campus,dc=example") !=
                team->second.members.end();
            return is == wanted;
        };
    };
    realm.change({"group-add", "team-a", "mona"}, listed("mona", true));
    // From here on slapd writes the group by itself, and tells nobody.
    realm.change({"rename", "mona", "lisa"}, listed("lisa", true));
    realm.change({"rename", "lisa", "mona"}, listed("mona", true));
    realm.change({"move-out", "mona"}, listed("mona", false));
    realm.change({"move-in", "mona"}, listed("mona", true));
    realm.change({"delete", "mona"}, listed("mona", false));
    realm.change(
        {"create", "mona"}, [](const auto& told) { return told.person("mona") != nullptr; }, 2s, "An0ther-Passw0rd");
    CHECK_FALSE(realm.feed().look().is_in("mona", "staff"));
}

TEST_CASE("feed: where only memberOf counts, it is read again when a group changes", "[openldap-feed]")
{
    FollowedOpenLdap realm([](directory::OpenLdapSettings& settings) { settings.groups_base.clear(); });
    realm.settle();
    const Newcomer mona(realm);
    realm.change({"group-add", "team-a", "mona"}, [](const auto& told) { return told.is_in("mona", "team-a"); });
    realm.change({"group-remove", "team-a", "mona"}, [](const auto& told) { return !told.is_in("mona", "team-a"); });
}

TEST_CASE("feed: each new password moves the version, also within one second, and nothing else does later",
          "[openldap-feed]")
{
    FollowedOpenLdap realm;
    realm.settle();
    const Newcomer mona(realm);
    std::set<std::string> versions{realm.feed().look().person("mona")->person.password_version};
    const auto moved = [&](const auto& told) {
        return !versions.contains(told.person("mona")->person.password_version);
    };
    for (int i = 0; i < 4; ++i) {
        realm.change({"set-password", "mona"}, moved, 2s, "An0ther-Passw0rd-" + std::to_string(i));
        REQUIRE(versions.insert(realm.feed().look().person("mona")->person.password_version).second);
    }
    std::this_thread::sleep_for(6s); // the entry's stamp counts for 5 s after the password
    const auto written = [&](const std::string& text) {
        realm.change({"set", "mona", "displayName", text},
                     [&](const auto& told) { return told.person("mona")->person.display_name == text; });
        return realm.feed().look().person("mona")->person.password_version;
    };
    const std::string settled = written("One");
    CHECK(written("Two") == settled);
}

TEST_CASE("feed: another policy is obeyed without a write to the people", "[openldap-feed]")
{
    FollowedOpenLdap realm;
    realm.settle();
    const Newcomer mona(realm);
    const auto set_policy = [](const std::string& attribute, const std::vector<std::string>& values) {
        std::vector<std::string> words{"set-policy", "default", attribute};
        words.insert(words.end(), values.begin(), values.end());
        return words;
    };
    realm.change(
        {"set-password", "mona"}, // only then the moment of the change is kept
        [](const auto& told) { return told.person("mona")->person.password_changed.has_value(); }, 2s,
        "An0ther-Passw0rd");
    realm.change(set_policy("pwdMaxAge", {"1000"}),
                 state_of("mona", [](const auto& state) { return state.password_expires.has_value(); }));
    realm.change(set_policy("pwdGraceAuthNLimit", {"2"}), // then only slapd knows when a password is refused
                 state_of("mona", [](const auto& state) { return !state.password_expires.has_value(); }));
    realm.change(set_policy("pwdMaxFailure", {"7"}),
                 [](const auto& told) { return told.facts.lockout && told.facts.lockout->threshold == 7; });
    realm.change(set_policy("pwdMaxFailure", {"0"}),
                 [](const auto& told) { return told.facts.lockout && told.facts.lockout->threshold == 0; });
    realm.change(set_policy("pwdGraceAuthNLimit", {}),
                 state_of("mona", [](const auto& state) { return state.password_expires.has_value(); }));
    realm.change(set_policy("pwdMaxAge", {}),
                 state_of("mona", [](const auto& state) { return !state.password_expires.has_value(); }));
}

TEST_CASE("feed: wrong passwords are counted as slapd counts them, and its lock arrives", "[openldap-feed]")
{
    FollowedOpenLdap realm;
    realm.settle();
    const Newcomer mona(realm);
    realm.change({"policy", "mona", "lockable"}, [](const auto&) { return true; });
    const Person person = realm.feed().look().person("mona")->person;
    const LockoutPolicy lockable{.threshold = 5, .window = 5s, .duration = 5s};
    for (std::uint32_t used = 0; used < 5; ++used) {
        const auto count = realm.lockout_count(person);
        REQUIRE(count);
        CHECK(count->used == used);
        CHECK(count->policy == lockable);
        CHECK(realm.check(person, "wrong " + std::to_string(used)).reason == Reason::wrong_password);
    }
    CHECK(realm.lockout_count(person)->used == 5);
    REQUIRE(
        realm.feed().wait_for(2s, state_of("mona", [](const auto& state) { return state.locked_until.has_value(); })));
    CHECK(realm.check(person, "M0na-Passw0rd").reason == Reason::account_locked);
    std::this_thread::sleep_for(6s);
    CHECK(realm.lockout_count(person)->used == 0);
    CHECK(realm.check(person, "M0na-Passw0rd").reason == Reason::granted);
    Person nobody = person;
    nobody.dn = "uid=nobody,ou=people,dc=campus,dc=example";
    CHECK_FALSE(realm.lockout_count(nobody));
}

} // namespace gatehouse::integration
