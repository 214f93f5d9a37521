#include "directory/local_directory.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>

using namespace gatehouse;
using namespace gatehouse::directory;
using namespace std::chrono_literals;

namespace
{
const std::string hash_of_one =
    "$argon2id$v=19$m=64,t=1,p=2$MDEyMzQ1Njc4OWFiY2RlZg$SxSH0vf0Kcm8Cw6p+3YTBZ1n8PxIZCqdGtTcJEQOJAE";
const std::string hash_of_other =
    "$argon2id$v=19$m=64,t=1,p=2$MDEyMzQ1Njc4OWFiY2RlZh$SxSH0vf0Kcm8Cw6p+3YTBZ1n8PxIZCqdGtTcJEQOJAE";

/// Keeps what the feed says, and waits for what a test expects.
class Heard final : public FeedSink
{
public:
    struct Told {
        std::vector<PersonRecord> people;
        std::vector<GroupRecord> groups;
        FeedState state;
        int sweeps = 0;
    };

    bool eventually(const std::function<bool(const Told&)>& holds)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 5s, [&] { return holds(told_); });
    }
    Told told()
    {
        const std::lock_guard lock(mutex_);
        return told_;
    }

    void learn(RealmFacts) override {}
    void begin_sweep() override
    {
        const std::lock_guard lock(mutex_);
        told_.people.clear();
        told_.groups.clear();
    }
    void take(Changes changes) override
    {
        const std::lock_guard lock(mutex_);
        std::ranges::move(changes.people, std::back_inserter(told_.people));
        std::ranges::move(changes.groups, std::back_inserter(told_.groups));
    }
    void end_sweep(Deadline) override
    {
        const std::lock_guard lock(mutex_);
        ++told_.sweeps;
        changed_.notify_all();
    }
    void report(FeedState state) override
    {
        const std::lock_guard lock(mutex_);
        told_.state = std::move(state);
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    Told told_;
};

/// A people file whose feed is heard.
class LocalRealm
{
public:
    LocalRealm()
    {
        std::string name = std::filesystem::temp_directory_path() / "gatehouse-local-XXXXXX";
        REQUIRE(::mkdtemp(name.data()));
        path_ = name;
    }
    ~LocalRealm()
    {
        directory_.reset();
        std::filesystem::remove_all(path_);
    }
    LocalRealm(const LocalRealm&) = delete;
    LocalRealm& operator=(const LocalRealm&) = delete;

    /// Replaced, as an editor does it, or written over.
    void write(const std::string& text, bool in_place = false) const
    {
        const std::string to = path_ + (in_place ? "/people.yaml" : "/new");
        std::ofstream(to, std::ios::binary) << text;
        REQUIRE(::chmod(to.c_str(), 0600) == 0);
        if (!in_place)
            std::filesystem::rename(to, path_ + "/people.yaml");
    }
    Heard& follow()
    {
        directory_ = make_directory({.realm = "LAB", .people_file = path_ + "/people.yaml"}, pool_);
        directory_->follow(heard_);
        return *heard_;
    }

private:
    std::string path_;
    BlockingPool pool_{"argon2id", 1, 4};
    std::shared_ptr<Heard> heard_ = std::make_shared<Heard>();
    std::shared_ptr<Directory> directory_;
};

std::string people(const std::string& hash, const std::string& more = {})
{
    return "people:\n  - {name: Alice, password: \"" + hash + "\", addresses: [a@lab.example]" + more +
           "}\ngroups:\n  - {name: team, members: [alice]}\n  - {name: staff, groups: [team]}\n";
}
} // namespace

TEST_CASE("a people file is told whole, with its groups in groups", "[unit][local]")
{
    LocalRealm realm;
    realm.write(people(hash_of_one));
    Heard& heard = realm.follow();
    REQUIRE(heard.eventually([](const auto& told) { return told.state.live; }));
    const auto told = heard.told();
    REQUIRE(told.people.size() == 1);
    const PersonRecord& alice = told.people.front();
    CHECK(alice.person.name == "alice");
    CHECK(alice.person.id == "local:alice");
    CHECK(alice.person.known == Detail::account);
    CHECK(alice.keys == std::vector<std::string>{"alice"});
    REQUIRE(told.groups.size() == 2);
    CHECK(alice.member_of == told.groups[0].keys);
    CHECK(told.groups[0].member_of == told.groups[1].keys);
    CHECK(told.groups[1].name == "staff");
    CHECK_FALSE(told.state.away);
    CHECK(told.state.trouble.empty());
    CHECK(alice.person.password_version.find("argon2") == std::string::npos);
}

TEST_CASE("another people file is told, replaced or written over", "[unit][local]")
{
    LocalRealm realm;
    realm.write(people(hash_of_one));
    Heard& heard = realm.follow();
    REQUIRE(heard.eventually([](const auto& told) { return told.state.live; }));
    const std::string version = heard.told().people.front().person.password_version;

    realm.write(people(hash_of_one, ", disabled: true"));
    REQUIRE(
        heard.eventually([](const auto& told) { return told.sweeps > 1 && told.people.at(0).person.state.disabled; }));
    CHECK(heard.told().people.front().person.password_version == version);

    realm.write(people(hash_of_other), true);
    REQUIRE(heard.eventually([&](const auto& told) {
        return told.people.size() == 1 && told.people.at(0).person.password_version != version;
    }));
    realm.write("people: []\n");
    REQUIRE(heard.eventually([](const auto& told) { return told.people.empty(); }));
}

TEST_CASE("a bad people file is a trouble, and nothing else", "[unit][local]")
{
    LocalRealm realm;
    realm.write("people: nonsense\n");
    Heard& heard = realm.follow();
    REQUIRE(heard.eventually([](const auto& told) { return !told.state.trouble.empty(); }));
    CHECK_FALSE(heard.told().state.live);
    CHECK_FALSE(heard.told().state.away); // grace is for directories

    realm.write(people(hash_of_one));
    REQUIRE(heard.eventually([](const auto& told) { return told.state.live && told.state.trouble.empty(); }));
    realm.write("people: nonsense\n");
    REQUIRE(heard.eventually([](const auto& told) { return !told.state.trouble.empty(); }));
    const auto told = heard.told();
    CHECK(told.state.live);
    CHECK(told.people.size() == 1);
    CHECK(heard.eventually([&](const auto& now) { return now.state.read_from > told.state.read_from; }));
}
