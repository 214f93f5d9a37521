// What becomes of OpenLDAP's feed when the server goes, comes back, is another one, or cannot tell changes.
#include "openldap_feed_recorded.hpp"

#include <catch2/catch.hpp>

#include <signal.h>

#include <iostream>
#include <thread>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
/// slapd as a test wants it, and as the lab had it when this ends.
class Slapd
{
public:
    explicit Slapd(std::vector<std::string> options = {}) : options_(std::move(options))
    {
        if (!options_.empty())
            restart(options_);
    }
    ~Slapd()
    {
        try {
            restart({});
        } catch (const std::exception& failure) {
            std::cerr << failure.what() << '\n';
        }
    }
    Slapd(const Slapd&) = delete;
    Slapd& operator=(const Slapd&) = delete;

    void stop() const { Lab::current().must("slapd", {"down"}); }
    void start() const { run("up", options_); }

private:
    static void run(const std::string& verb, std::vector<std::string> words)
    {
        words.insert(words.begin(), verb);
        Lab::current().must("slapd", words, {.timeout = 3min});
    }
    void restart(const std::vector<std::string>& options) const
    {
        stop();
        run("up", options);
    }

    std::vector<std::string> options_;
};

bool is_disabled(const RecordedFeed::Told& told, const std::string& name)
{
    const PersonRecord* const found = told.person(name);
    return found != nullptr && found->person.state.disabled;
}

bool is_there(const RecordedFeed::Told& told, const std::string& name)
{
    return told.person(name) != nullptr;
}
} // namespace

TEST_CASE("feed: a server that comes back goes on from the cookie, and what changed meanwhile arrives",
          "[openldap-feed]")
{
    const Slapd slapd;
    FollowedOpenLdap realm;
    realm.settle();
    bool went_on = false;
    // On a machine that is very late the first connection may break before it is of use; then all is told anew,
    // rightly.
    for (int round = 0; round < 3 && !went_on; ++round) {
        const auto before = realm.feed().look();
        slapd.stop();
        REQUIRE(realm.feed().wait_for(5s, [](const auto& told) { return !told.state.live && told.state.away; }));
        CHECK_FALSE(realm.feed().look().state.trouble.empty());
        slapd.start();
        const Deadline up = Clock::now();
        // Before the feed is back, as far as it can be: what it missed must not be lost.
        change_slapd({"disable", "bob"});
        change_slapd({"create", "mona"}, "M0na-Passw0rd");
        REQUIRE(realm.feed().wait_for(15s, [](const auto& told) {
            return told.state.live && is_disabled(told, "bob") && is_there(told, "mona");
        }));
        std::cout << "feed: live " << std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - up).count()
                  << " ms at most after the server was back\n";
        const auto told = realm.feed().look();
        went_on = told.sweeps_begun == before.sweeps_begun;
        CHECK(told.state.read_from > before.state.read_from);
        realm.change({"enable", "bob"}, [](const auto& now) { return !is_disabled(now, "bob"); });
        realm.change({"delete", "mona"}, [](const auto& now) { return !is_there(now, "mona"); });
    }
    CHECK(went_on);
}

TEST_CASE("feed: a directory that was replaced is told anew", "[openldap-feed]")
{
    const Slapd slapd;
    FollowedOpenLdap realm;
    realm.settle();
    change_slapd({"create", "mona"}, "M0na-Passw0rd");
    REQUIRE(realm.feed().wait_for(2s, [](const auto& told) { return is_there(told, "mona"); }));
    slapd.stop();
    Lab::current().must("slapd", {"up", "--fresh"});
    REQUIRE(realm.feed().wait_for(15s, [](const auto& told) { return told.state.live && !is_there(told, "mona"); }));
    CHECK(realm.feed().look().people.size() == Lab::current().people().all().size());
}

TEST_CASE("feed: a silent server is not live, and a thawed one is again", "[openldap-feed]")
{
    FollowedOpenLdap realm;
    realm.settle();
    const pid_t pid = std::stoi(Lab::current().show("slapd").at("pid"));
    REQUIRE(::kill(pid, SIGSTOP) == 0);
    const auto silent = realm.feed().wait_for(4s, [](const auto& told) { return !told.state.live; });
    std::this_thread::sleep_for(6s);
    REQUIRE(::kill(pid, SIGCONT) == 0);
    CHECK(silent);
    realm.settle();
    realm.change({"disable", "bob"}, [](const auto& told) { return is_disabled(told, "bob"); });
    realm.change({"enable", "bob"}, [](const auto& told) { return !is_disabled(told, "bob"); });
}

TEST_CASE("feed: another server is followed when the first is gone, and the first when it is back", "[openldap-feed]")
{
    const Slapd slapd;
    const Lab& lab = Lab::current();
    lab.must("slapd", {"up", "--copy", "2"});
    {
        FollowedOpenLdap realm([&](directory::OpenLdapSettings& settings) {
            const Place second = lab.place("ldaps-2");
            settings.servers.hosts.push_back(second.host + ":" + std::to_string(second.port));
        });
        realm.settle();
        const std::string first = realm.feed().look().state.server;
        slapd.stop();
        REQUIRE(realm.feed().wait_for(10s,
                                      [&](const auto& told) { return told.state.live && told.state.server != first; }));
        CHECK_FALSE(realm.feed().look().state.away);
        lab.must("slapd", {"change", "disable", "bob", "--copy", "2"});
        REQUIRE(realm.feed().wait_for(2s, [](const auto& told) { return is_disabled(told, "bob"); }));
        slapd.start();
        realm.find("bob"); // logins turn to it again, and so does the feed
        REQUIRE(realm.feed().wait_for(60s,
                                      [&](const auto& told) { return told.state.live && told.state.server == first; }));
        CHECK_FALSE(is_disabled(realm.feed().look(), "bob"));
    }
    lab.must("slapd", {"change", "enable", "bob", "--copy", "2"});
    lab.must("slapd", {"down", "--copy", "2"});
}

TEST_CASE("feed: without syncprov changes are asked for, and the bound for deletions says so", "[openldap-feed]")
{
    const Slapd slapd({"--no-syncprov"});
    FollowedOpenLdap realm;
    realm.settle();
    const FeedState state = realm.feed().look().state;
    CHECK(state.trouble.find("load syncprov") != std::string::npos);
    CHECK(state.bound <= 2s);
    CHECK(state.bound_for_deletions >= 5s);
    const std::chrono::milliseconds slow = state.bound_for_deletions;
    realm.change({"create", "mona"}, [](const auto& told) { return is_there(told, "mona"); }, 2s, "M0na-Passw0rd");
    realm.change({"disable", "mona"}, [](const auto& told) { return is_disabled(told, "mona"); });
    realm.change({"rename", "mona", "lisa"}, [](const auto& told) { return is_there(told, "lisa"); });
    realm.change({"group-add", "team-a", "lisa"}, [](const auto& told) { return told.is_in("lisa", "staff"); });
    realm.change({"group-remove", "team-a", "lisa"}, [](const auto& told) { return !told.is_in("lisa", "staff"); });
    realm.change({"move-out", "lisa"}, [](const auto& told) { return !is_there(told, "lisa"); }, slow);
    realm.change({"move-in", "lisa"}, [](const auto& told) { return is_there(told, "lisa"); }, slow);
    realm.change({"delete", "lisa"}, [](const auto& told) { return !is_there(told, "lisa"); }, slow);
    CHECK(realm.feed().look().people.size() == Lab::current().people().all().size());
}

TEST_CASE("feed: people who cannot be seen are not taken for nobody", "[openldap-feed]")
{
    FollowedOpenLdap realm([](directory::OpenLdapSettings& settings) { settings.bind.dn.clear(); });
    REQUIRE(realm.feed().wait_for(10s, [](const auto& told) { return !told.state.trouble.empty(); }));
    std::this_thread::sleep_for(1s);
    CHECK_FALSE(realm.feed().look().state.live);
    CHECK_FALSE(realm.feed().look().state.away);
}

TEST_CASE("feed: a base that is not there is said to be the trouble", "[openldap-feed]")
{
    const std::string wrong = "ou=nowhere,dc=campus,dc=example";
    const bool people = GENERATE(true, false);
    FollowedOpenLdap realm(
        [&](directory::OpenLdapSettings& settings) { (people ? settings.people_base : settings.groups_base) = wrong; });
    REQUIRE(realm.feed().wait_for(
        10s, [&](const auto& told) { return told.state.trouble.find(wrong) != std::string::npos; }));
    std::this_thread::sleep_for(1s);
    CHECK_FALSE(realm.feed().look().state.live);
    CHECK_FALSE(realm.feed().look().state.away);
}

TEST_CASE("feed: 11,000 people are told in one sweep", "[openldap-feed]")
{
    const std::size_t everybody = 11'000 + Lab::current().people().all().size();
    for (const bool syncprov : {true, false}) {
        const Slapd slapd(syncprov ? std::vector<std::string>{"--extra", "11000"}
                                   : std::vector<std::string>{"--extra", "11000", "--no-syncprov"});
        const Deadline began = Clock::now();
        FollowedOpenLdap realm;
        REQUIRE(realm.feed().wait_for(60s, [](const auto& told) { return told.sweeps_ended == 1; }));
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
        std::cout << "feed: sweep of " << everybody << " people " << (syncprov ? "by" : "without")
                  << " syncprov: " << took.count() << " ms, connecting included\n";
        CHECK(realm.feed().look().people.size() == everybody);
        realm.settle();
        if (!syncprov) // what was written within 5 s before is asked for again: now that is everybody
            std::this_thread::sleep_for(6s);
        const auto disabled = [](const auto& told) { return is_disabled(told, "bob"); };
        realm.change({"disable", "bob"}, disabled, realm.feed().look().state.bound);
        realm.change(
            {"enable", "bob"}, [&](const auto& told) { return !disabled(told); }, realm.feed().look().state.bound);
    }
}

} // namespace gatehouse::integration
