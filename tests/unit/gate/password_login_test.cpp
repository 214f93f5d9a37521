#include "gate/gate.hpp"
#include "gate/known_person.hpp"
#include "scratch_store.hpp"
#include "scripted_directory.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <array>
#include <thread>
#include <tuple>

using namespace gatehouse;
using namespace std::chrono_literals;

namespace
{
/// One realm with a mirror that the test feeds.
struct Fixture {
    Fixture()
    {
        campus->add("alice");
        campus->people["alice"].id = "id-alice";
        rules->names = {{.realm = "CAMPUS", .is_default = true}};
        rules->realms = {{.directory = campus, .mirror = mirror}};
        rules->refusal_grid = 0ms;
        rules->services["ftp"].allow_groups.add({}, "staff");
        mirror->learn({.old_password_period = 1h});
        tell();
        live();
    }

    void tell(Deadline since = Clock::now())
    {
        mirror->begin_sweep();
        mirror->take(
            {.people = {{.person = alice, .other_names = {}, .keys = {"alice"}, .member_of = {}}},
             .groups = {{.id = "g", .name = "Staff", .dn = "", .keys = {"g"}, .members = members, .member_of = {}}},
             .gone = {},
             .since = since,
             .server = "dc1"});
        mirror->end_sweep(since);
    }
    void live() { mirror->report({.live = true, .read_from = Clock::now(), .bound = 1h}); }
    void stale() { mirror->report({.live = false, .read_from = Clock::now()}); }
    void away(std::chrono::seconds since = 0s)
    {
        mirror->report({.live = false, .away = true, .read_from = Clock::now() - since});
        campus->outage = true;
    }

    std::vector<Verdict> logins(std::vector<std::string> passwords, std::string service = "imap")
    {
        gate::Gate gate(rules, *audit, {*proofs, shield, flights, *store, metrics, *store_secrets, sessions});
        boost::asio::io_context context;
        std::vector<Verdict> verdicts;
        const auto login = [&](std::string password) -> Awaitable<void> {
            PasswordCredential shown{.login = "alice", .authzid = {}, .password = {}};
            REQUIRE(shown.password.append(password));
            trail = {};
            verdicts.push_back(co_await gate.check(
                {.service = service, .client_address = client, .mechanism = "PLAIN", .credential = std::move(shown)},
                pins, Clock::now() + 5s, trail));
        };
        for (const std::string& password : passwords)
            boost::asio::co_spawn(context, login(password), [](std::exception_ptr failure) { REQUIRE_FALSE(failure); });
        context.run();
        return verdicts;
    }
    Verdict login(const std::string& password, std::string service = "imap")
    {
        return logins({password}, std::move(service)).front();
    }

    std::shared_ptr<ScriptedDirectory> campus = std::make_shared<ScriptedDirectory>("CAMPUS");
    Person alice{.realm = "CAMPUS",
                 .name = "alice",
                 .id = "id-alice",
                 .dn = "cn=alice",
                 .mailbox = "alice",
                 .password_version = "1",
                 .known = Detail::account};
    std::vector<std::string> members{"alice"};
    std::shared_ptr<gate::Rules> rules = std::make_shared<gate::Rules>();
    std::shared_ptr<Pins> pins = std::make_shared<Pins>(Pins{.listener = "l", .door = "d", .may_assert_address = true});
    std::string client;
    Trail trail;
    std::unique_ptr<gate::AuditLog> audit = gate::AuditLog::open("/dev/null").value();
    std::unique_ptr<gate::Proofs> proofs = gate::Proofs::create(1024 * 1024).value();
    gate::Shield shield;
    gate::Flights flights;
    gate::LoginMetrics metrics;
    std::unique_ptr<gate::StoreSecrets> store_secrets = gate::StoreSecrets::create({}).value();
    gate::LiveSessions sessions;
    ScratchStore scratch;
    std::shared_ptr<store::Store> store = scratch.open();
    // Its watch ends before the proofs that it retires.
    std::shared_ptr<people::Mirror> mirror = std::make_shared<people::Mirror>("CAMPUS");
    std::shared_ptr<void> watch = gate::retire_proofs_with(mirror, "CAMPUS", *proofs);
};
} // namespace

TEST_CASE_METHOD(Fixture, "a right password asks the directory once, a wrong one too", "[unit]")
{
    for (int i = 0; i < 3; ++i) {
        REQUIRE(login("right").granted());
        REQUIRE(login("wrong").reason() == Reason::wrong_password);
    }
    REQUIRE(campus->checks == 2);
    REQUIRE(campus->finds == 0);
    REQUIRE(trail.source == Source::refused_proof);
}

TEST_CASE_METHOD(Fixture, "simultaneous logins with one password are one question", "[unit]")
{
    campus->slow = 20ms;
    const auto verdicts = logins({"right", "right", "right", "wrong", "wrong", "right"});
    REQUIRE(std::ranges::count_if(verdicts, [](const Verdict& verdict) { return verdict.granted(); }) == 4);
    REQUIRE(std::ranges::count_if(verdicts, [](const Verdict& verdict) { return verdict.denied(); }) == 2);
    REQUIRE(campus->checks == 2);
}

TEST_CASE_METHOD(Fixture, "logins on several threads with one password are one question, also just after its answer",
                 "[unit]")
{
    gate::Gate gate(rules, *audit, {*proofs, shield, flights, *store, metrics, *store_secrets, sessions});
    const auto login = [&](std::string password) -> Awaitable<void> {
        PasswordCredential shown{.login = "alice", .authzid = {}, .password = {}};
        std::ignore = shown.password.append(password); // Catch2's assertions are for one thread
        Trail own;
        co_await gate.check({.service = "imap", .mechanism = "PLAIN", .credential = std::move(shown)}, pins,
                            Clock::now() + 5s, own);
    };
    // Without the second look at memory, some of so many rounds ask twice.
    for (int round = 1; round <= 3000; ++round) {
        const std::string password = "wrong-" + std::to_string(round);
        std::array<boost::asio::io_context, 4> contexts; // outlive the threads, as the workers' do
        std::vector<std::jthread> threads;
        for (boost::asio::io_context& context : contexts)
            threads.emplace_back([&] {
                boost::asio::co_spawn(context, login(password), boost::asio::detached);
                context.run();
            });
        threads.clear();
        REQUIRE(campus->checks == round);
    }
}

TEST_CASE_METHOD(Fixture, "what the mirror says of the account and its groups holds at once", "[unit]")
{
    REQUIRE(login("right", "ftp").granted());
    SECTION("out of the group")
    {
        members.clear();
        tell();
        REQUIRE(login("right", "ftp").reason() == Reason::not_admitted);
        REQUIRE(login("right", "imap").granted());
    }
    SECTION("disabled, and enabled again")
    {
        alice.state.disabled = true;
        tell();
        REQUIRE(login("right").reason() == Reason::account_disabled);
        alice.state.disabled = false;
        tell();
        REQUIRE(login("right").granted());
    }
    SECTION("expired by the clock alone")
    {
        alice.state.expires = std::chrono::system_clock::now() + 50ms;
        tell();
        REQUIRE(login("right").granted());
        std::this_thread::sleep_for(60ms);
        REQUIRE(login("right").reason() == Reason::account_expired);
    }
    REQUIRE(campus->checks == 1);
}

TEST_CASE_METHOD(Fixture, "a lock that only the directory can judge is judged by it", "[unit]")
{
    REQUIRE(login("right").granted());
    alice.state.locked = alice.state.lock_may_have_ended = true;
    tell();
    REQUIRE(login("right").granted());
    REQUIRE(campus->checks == 2);
}

TEST_CASE_METHOD(Fixture, "nobody of that name is refused without the directory", "[unit]")
{
    mirror->begin_sweep();
    mirror->end_sweep(Clock::now());
    REQUIRE(login("right").reason() == Reason::unknown_person);
    REQUIRE(campus->checks + campus->finds == 0);
}

TEST_CASE_METHOD(Fixture, "after a change the old password is refused at once, though the directory takes it", "[unit]")
{
    REQUIRE(login("right").granted());
    std::this_thread::sleep_for(2ms);
    alice.password_version = "2";
    alice.password_changed = std::chrono::system_clock::now();
    tell();
    campus->old_password = "right";
    REQUIRE(login("right").reason() == Reason::wrong_password);
    REQUIRE(trail.source == Source::retired_proof);
    REQUIRE(campus->checks == 1);
}

TEST_CASE_METHOD(Fixture, "a bind soon after a change that nobody saw is granted and not remembered", "[unit]")
{
    alice.password_version = "2";
    alice.password_changed = std::chrono::system_clock::now() - 10s;
    tell();
    campus->old_password = "old";
    REQUIRE(login("old").granted());
    REQUIRE(trail.old_password_window);
    REQUIRE(login("old").granted());
    REQUIRE(campus->checks == 2);
    SECTION("unless Kerberos can tell")
    {
        const auto kerberos = std::make_shared<ScriptedDirectory>("CAMPUS");
        kerberos->add("alice");
        rules->realms[0].as_check = kerberos;
        REQUIRE(login("old").reason() == Reason::wrong_password);
        REQUIRE(login("right").granted());
        REQUIRE_FALSE(trail.old_password_window);
        REQUIRE(kerberos->checks == 2);
        REQUIRE(login("right").granted());
        REQUIRE(kerberos->checks == 2);
    }
}

TEST_CASE_METHOD(Fixture, "while the directory is away a good proof serves for the grace", "[unit]")
{
    REQUIRE(login("right", "ftp").granted());
    away();
    REQUIRE(login("right", "ftp").granted());
    REQUIRE(trail.source == Source::grace);
    REQUIRE(login("wrong").unavailable());
    SECTION("not beyond it")
    {
        away(9h);
        REQUIRE(login("right").unavailable());
    }
    SECTION("not for those who are excluded")
    {
        rules->realms[0].proofs.grace_exclude = {"staff"};
        REQUIRE(login("right").unavailable());
    }
}

TEST_CASE_METHOD(Fixture, "without a live feed a proof serves for its time to live", "[unit]")
{
    rules->realms[0].proofs.ttl = 1s;
    REQUIRE(login("right").granted());
    stale();
    REQUIRE(login("right").granted());
    REQUIRE(campus->checks == 1);
    rules->realms[0].proofs.ttl = 0s;
    std::this_thread::sleep_for(2ms);
    REQUIRE(login("right").granted());
    REQUIRE(campus->checks + campus->finds > 1);
}

TEST_CASE_METHOD(Fixture, "different wrong passwords stop below the threshold, as outages, and the owner gets in",
                 "[unit]")
{
    campus->threshold = 5;
    client = "192.0.2.1";
    REQUIRE(login("right").granted()); // from a network of theirs, then
    client = "198.51.100.1";
    int denied = 0;
    int unavailable = 0;
    for (int i = 0; i < 50; ++i) {
        const Verdict verdict = login("guess-" + std::to_string(i));
        denied += verdict.denied();
        unavailable += verdict.reason() == Reason::lockout_budget;
    }
    REQUIRE(denied == 3);
    REQUIRE(unavailable == 47);
    REQUIRE(campus->counted == 3);
    REQUIRE(login("right").granted()); // its proof is known
    proofs->forget_all();
    client = "203.0.113.1";
    REQUIRE(login("right").reason() == Reason::lockout_budget);
    client = "192.0.2.9";
    REQUIRE(login("right").granted()); // the reserved attempt
}

TEST_CASE_METHOD(Fixture, "what was counted survives a restart, though the directory hides its count", "[unit]")
{
    campus->threshold = 5;
    for (const char* const guess : {"one", "two", "three"})
        REQUIRE(login(guess).reason() == Reason::wrong_password);
    campus->counted = 0;
    store.reset();
    store = scratch.open();
    shield.clear("CAMPUS", "id-alice"); // as one that has just begun
    REQUIRE(login("four").reason() == Reason::lockout_budget);
    SECTION("until the password is changed")
    {
        std::this_thread::sleep_for(2ms);
        alice.password_changed = std::chrono::system_clock::now();
        tell();
        REQUIRE(login("right").granted());
    }
    SECTION("until it is forgotten")
    {
        store->forget_attempts("CAMPUS", "id-alice");
        REQUIRE(login("four").reason() == Reason::wrong_password);
    }
}

TEST_CASE_METHOD(Fixture, "a login that memory answers is no attempt", "[unit]")
{
    campus->threshold = 5;
    REQUIRE(login("right").granted());
    REQUIRE(login("wrong").denied());
    const auto asked = [&] {
        boost::asio::io_context context;
        store::Turn turn;
        boost::asio::co_spawn(
            context,
            store->begin_attempt(
                {.realm = "CAMPUS", .id = "id-alice", .until = std::chrono::system_clock::now() + 1s, .window = 1min}),
            [&](const std::exception_ptr& failure, store::Turn begun) {
                REQUIRE_FALSE(failure);
                turn = begun;
            });
        context.run();
        store->end_attempt(turn.number, store::AttemptEnd::undecided);
        return turn.number;
    };
    const auto before = asked();
    for (int i = 0; i < 10; ++i) {
        REQUIRE(login("right").granted());
        REQUIRE(login("wrong").denied());
    }
    REQUIRE(asked() == before + 1);
}

TEST_CASE_METHOD(Fixture, "the mailbox name stays with the person", "[unit]")
{
    REQUIRE(login("right").person()->mailbox == "alice");
    alice.mailbox = "renamed";
    tell();
    REQUIRE(login("right").person()->mailbox == "alice");
}

TEST_CASE_METHOD(Fixture, "a realm that remembers no passwords keeps the mailbox names all the same", "[unit]")
{
    rules->realms.front().proofs.remember = false;
    campus->people["alice"].known = Detail::account;
    REQUIRE(login("right").person()->mailbox == "alice");
    campus->people["alice"].mailbox = "renamed";
    REQUIRE(login("right").person()->mailbox == "alice");
    REQUIRE(campus->checks == 2);
}
