// The native door for our own programs, by client::Authd: find, watch, admit, count, keep.
#include "client/authd.hpp"
#include "support/changes.hpp"
#include "support/eventually.hpp"
#include "support/lab.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <map>
#include <optional>
#include <set>

namespace gatehouse::integration
{

namespace asio = boost::asio;
using namespace std::chrono_literals;
using client::Answer;
using wire::NativeNews;

namespace
{
/// A program at one listener of the lab's authd.
class Program
{
public:
    explicit Program(const std::string& listener = "programs")
        : authd_(io_, {.socket = Lab::current().door(listener).path.string()})
    {
    }

    client::Authd& authd() { return authd_; }
    static Deadline soon() { return Clock::now() + 30s; }

    template <class T>
    T await(Awaitable<T> call)
    {
        std::optional<T> out;
        asio::co_spawn(
            io_,
            [](Awaitable<T> inner, std::optional<T>& to) -> Awaitable<void> {
                to.emplace(co_await std::move(inner));
            }(std::move(call), out),
            asio::detached);
        io_.restart();
        while (!out)
            io_.run_one();
        return std::move(*out);
    }

    Result<wire::NativeFound> find(const std::string& login) { return await(authd_.find(login, soon())); }
    Result<Answer> admit(const std::string& service, const std::string& login)
    {
        return await(authd_.admit({.service = service, .mechanism = "webauthn", .login = login}, soon()));
    }
    Result<std::uint64_t> count(const std::string& key, std::uint32_t n, std::chrono::seconds window = 3600s)
    {
        return await(authd_.count(key, window, n, soon()));
    }
    Result<void> keep(const std::string& key, const std::string& bytes)
    {
        return await(authd_.keep(key, secret(bytes), soon()));
    }
    Result<std::optional<std::string>> kept(const std::string& key) { return await(authd_.kept(key, soon())); }

private:
    asio::io_context io_;
    client::Authd authd_;
};

/// What a program that watches knows of a realm.
class Watched
{
public:
    explicit Watched(Program& program) : program_(program), watch_(program.authd(), "CAMPUS") {}

    /// Reads until `holds`, which the lab's limit ends when nothing comes.
    template <class Condition>
    void read_until(Condition holds)
    {
        do {
            auto news = program_.await(watch_.next(Program::soon()));
            if (!news)
                throw std::runtime_error("the watch ended: " + news.error().text);
            std::visit([this](auto& what) { this->take(what); }, news->what);
        } while (!holds(*this));
    }

    bool complete() const { return complete_; }
    bool live() const { return live_; }
    const Person* person(const std::string& name) const
    {
        const auto found =
            std::ranges::find(people_, name, [](const auto& each) -> const std::string& { return each.second.name; });
        return found == people_.end() ? nullptr : &found->second;
    }

private:
    void take(const NativeNews::Begin& /*begin*/)
    {
        people_.clear();
        complete_ = false;
    }
    void take(const NativeNews::Complete& /*complete*/) { complete_ = true; }
    void take(const NativeNews::Live& live) { live_ = live.live; }
    void take(const NativeNews::Gone& gone) { people_.erase(gone.id); }
    void take(Person& person) { people_[person.id] = person; }

    Program& program_;
    client::Authd::Watch watch_;
    std::map<std::string, Person> people_;
    bool complete_ = false;
    bool live_ = false;
};

std::set<std::string> groups_of(const Person& person)
{
    std::set<std::string> names;
    for (const Membership& membership : person.groups)
        names.insert(membership.group);
    return names;
}
} // namespace

TEST_CASE("native door: find tells who is meant by each form of a name, in full", "[openldap][active-directory][local]")
{
    Program program;
    for (const std::string login :
         {"alice", "ALICE", "CAMPUS\\alice", "alice@campus.example", "alice.liddell@campus.example"}) {
        CAPTURE(login);
        const auto found = program.find(login);
        REQUIRE(found);
        REQUIRE(found->person);
        CHECK(found->reason == "granted");
        CHECK(found->person->name == "alice");
        CHECK(found->person->realm == "CAMPUS");
        CHECK(groups_of(*found->person).contains("staff")); // three nestings deep
        CHECK(found->person->mail_host == "cyrus.campus.example");
        CHECK_FALSE(found->person->state.disabled);
    }
    const auto carol = program.find("carol");
    CHECK(carol.value().person.value().state.disabled);
    CHECK(carol.value().person.value().mail_host.empty());
    for (const auto& [login, reason] : std::map<std::string, std::string>{
             {"nobody-here", "unknown-person"}, {"alice@elsewhere.example", "unknown-realm"}, {"", "malformed-name"}}) {
        CAPTURE(login);
        const auto found = program.find(login);
        REQUIRE(found);
        CHECK_FALSE(found->person);
        CHECK(found->reason == reason);
    }
}

TEST_CASE("native door: find, watch, count and keep are answered only where the listener may",
          "[openldap][active-directory][local]")
{
    Program web("web"); // has none of these rights
    CHECK(web.find("alice").error().kind == ErrorKind::invalid);
    CHECK(web.count("k", 1).error().kind == ErrorKind::invalid);
    CHECK(web.keep("k", "bytes").error().kind == ErrorKind::invalid);
    CHECK(web.kept("k").error().kind == ErrorKind::invalid);
    client::Authd::Watch watch(web.authd(), "CAMPUS");
    CHECK(web.await(watch.next(Program::soon())).error().text.find("may_find") != std::string::npos);
}

TEST_CASE("native door: a watch of a realm that is not there is refused", "[openldap][active-directory][local]")
{
    Program program;
    client::Authd::Watch watch(program.authd(), "ELSEWHERE");
    CHECK(program.await(watch.next(Program::soon())).error().kind == ErrorKind::invalid);
}

TEST_CASE("native door: a watch tells everybody, then each change within two seconds", "[openldap][active-directory]")
{
    Program program;
    Watched realm(program);
    realm.read_until([](const Watched& now) { return now.complete() && now.live(); });
    for (const SamplePerson& person : Lab::current().people().all())
        if (!person.special) // whose case is not always the directory's
            CHECK(realm.person(person.name) != nullptr);
    CHECK(groups_of(*realm.person("alice")).contains("staff"));

    const auto within = [&](const std::string& what, const auto& change, const auto& holds, auto limit) {
        change();
        const auto took = time_of([&] { realm.read_until(holds); });
        CAPTURE(what);
        CHECK(took <= limit);
    };
    std::optional<TestPerson> mona;
    within(
        "created", [&] { mona.emplace("mona"); }, [](const Watched& now) { return now.person("mona") != nullptr; }, 2s);
    within(
        "disabled", [&] { mona->change("disable"); },
        [](const Watched& now) { return now.person("mona")->state.disabled; }, 2s);
    within(
        "in a group", [&] { mona->join("team-a"); },
        [](const Watched& now) { return groups_of(*now.person("mona")).contains("staff"); }, 2s);
    within(
        "renamed", [&] { mona->rename("mona-new"); },
        [](const Watched& now) { return now.person("mona-new") != nullptr && now.person("mona") == nullptr; }, 2s);
    // The lab's account may not read Deleted Objects: deletions are found by sweeps there.
    const auto deletions = Lab::current().is(DirectoryKind::openldap) ? 2s : 60s;
    within(
        "deleted", [&] { mona->change("delete"); },
        [](const Watched& now) { return now.person("mona-new") == nullptr; }, deletions);
}

TEST_CASE("native door: admit asks only whether a proved person may, and only where the listener may",
          "[openldap][active-directory][local]")
{
    using Outcome = Answer::Outcome;
    const AuditFile audit = Lab::current().audit();
    Program program;
    const auto alice = program.admit("web", "CAMPUS\\alice");
    REQUIRE(alice);
    CHECK(alice->outcome == Outcome::granted);
    CHECK(alice->person.value().mailbox == "alice");
    CHECK(program.admit("ftp", "alice").value().outcome == Outcome::granted); // of the staff, which ftp admits
    CHECK(program.admit("ftp", "bob").value().outcome == Outcome::denied);
    CHECK(program.admit("web", "bob").value().outcome == Outcome::granted);
    CHECK(program.admit("web", "carol").value().outcome == Outcome::denied); // disabled
    CHECK(program.admit("web", "nobody-here").value().outcome == Outcome::denied);
    CHECK(program.admit("smtp", "alice").value().outcome == Outcome::denied); // not a service of this listener
    Program web("web");
    CHECK(web.admit("web", "alice").value().outcome == Outcome::denied);

    const auto lines = audit.lines(8);
    REQUIRE(lines.size() == 8);
    CHECK(lines[0]["mechanism"] == "webauthn");
    CHECK(lines[0]["reason"] == "granted");
    CHECK(lines[2]["reason"] == "not-admitted");
    CHECK(lines[4]["reason"] == "account-disabled");
    CHECK(lines[5]["reason"] == "unknown-person");
    CHECK(lines[6]["reason"] == "service-not-allowed");
    CHECK(lines[7]["reason"] == "admit-not-allowed");
}

TEST_CASE("native door: a count is the sum of its window, for all programs of the listener", "[openldap][local]")
{
    Program one;
    Program other;
    const std::string key = "asking_test/" + std::to_string(Clock::now().time_since_epoch().count());
    CHECK(one.count(key, 0).value() == 0);
    CHECK(one.count(key, 2).value() == 2);
    CHECK(other.count(key, 3).value() == 5);
    CHECK(one.count(key, 0).value() == 5);
    CHECK(one.count(key + "x", 0).value() == 0);
    const std::string brief = key + "/brief";
    CHECK(one.count(brief, 1, 1s).value() == 1);
    CHECK(eventually(10s, [&] { return one.count(brief, 0, 1s).value() == 0; })); // its steps are forgotten
}

TEST_CASE("native door: what is kept is given back as it was, until it is forgotten", "[openldap][local]")
{
    Program one;
    Program other;
    std::string all;
    for (int i = 0; i < 256; ++i)
        all += static_cast<char>(i);
    const std::string key = "asking_test/k\xc3\xa4";
    REQUIRE(one.keep(key, ""));
    CHECK_FALSE(one.kept(key).value().has_value());
    REQUIRE(one.keep(key, all));
    CHECK(other.kept(key).value() == all);
    REQUIRE(other.keep(key, "shorter"));
    CHECK(one.kept(key).value() == "shorter");
    REQUIRE(one.keep(key, ""));
    CHECK_FALSE(other.kept(key).value().has_value());
}

} // namespace gatehouse::integration
