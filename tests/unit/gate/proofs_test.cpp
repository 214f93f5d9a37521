#include "gate/proofs.hpp"

#include <catch2/catch.hpp>

#include <thread>

using namespace gatehouse;
using namespace std::chrono_literals;
using gate::Proofs;
using Known = gate::Proofs::Known;

namespace
{
Secret secret(std::string_view text)
{
    Secret secret;
    REQUIRE(secret.append(text));
    return secret;
}

struct Fixture {
    Proofs::Proof proof(std::string_view password, Proofs::Owner owner = alice)
    {
        return proofs->prove(owner, secret(password)).value();
    }
    Known known(std::string_view password) { return proofs->ask(alice, proof(password), now).known; }
    void good(std::string_view password) { proofs->remember_good(alice, proof(password), now, Clock::now(), "dc1"); }
    void refused(std::string_view password) { proofs->remember_refused(alice, proof(password), now); }

    /// The feed of dc1 saw a new password come: the old one still held `ago` before now.
    void change_to(std::string_view version, std::chrono::milliseconds ago = 0ms)
    {
        now.version = version;
        now.changed = std::chrono::system_clock::now() - ago;
        now.moved_after = Clock::now() - ago;
        now.move_server = "dc1";
    }

    static constexpr Proofs::Owner alice{"CAMPUS", "id-of-alice"};
    std::unique_ptr<Proofs> proofs = Proofs::create(1024 * 1024).value();
    Proofs::PasswordNow now{.version = "1", .dn = "cn=alice", .old_password_period = 1h};
};
} // namespace

TEST_CASE_METHOD(Fixture, "a proof belongs to one person, one realm and one password", "[unit]")
{
    REQUIRE(proof("a") == proof("a"));
    REQUIRE(proof("a") != proof("b"));
    REQUIRE(proof("a") != proof("a", {"CAMPUS", "id-of-bob"}));
    REQUIRE(proof("a") != proof("a", {"LAB", "id-of-alice"}));
    REQUIRE(proof("a", {"AB", "C"}) != proof("a", {"A", "BC"}));
    const auto other_process = Proofs::create(1024 * 1024).value();
    REQUIRE(other_process->prove(alice, secret("a")).value() != proof("a")); // another key
}

TEST_CASE_METHOD(Fixture, "what the directory said of a password is known until the password changes", "[unit]")
{
    REQUIRE(known("right") == Known::nothing);
    good("right");
    refused("wrong");
    REQUIRE(known("right") == Known::good);
    REQUIRE(known("wrong") == Known::refused);
    REQUIRE(known("other") == Known::nothing);

    std::this_thread::sleep_for(2ms);
    change_to("2");
    REQUIRE(known("right") == Known::retired);
    REQUIRE(known("wrong") == Known::nothing); // it may be the new one
    good("new");
    REQUIRE(known("new") == Known::good);
    REQUIRE(known("right") == Known::retired);
}

TEST_CASE_METHOD(Fixture, "where old and new cannot be told apart, the proof is forgotten, never refused", "[unit]")
{
    good("right");
    SECTION("it was verified after the last moment that the old password is known to have held")
    {
        change_to("2", 1s);
        REQUIRE(known("right") == Known::nothing);
    }
    SECTION("it was verified at another server than the one that is followed")
    {
        std::this_thread::sleep_for(2ms);
        change_to("2");
        now.move_server = "dc2";
        REQUIRE(known("right") == Known::nothing);
    }
    SECTION("the version moved without a new password")
    {
        now.version = "2";
        REQUIRE(known("right") == Known::nothing);
    }
    SECTION("the directory never takes an old password")
    {
        std::this_thread::sleep_for(2ms);
        change_to("2");
        now.old_password_period = 0s;
        REQUIRE(known("right") == Known::nothing);
    }
}

TEST_CASE_METHOD(Fixture, "a retired proof serves for the old-password period only", "[unit]")
{
    good("right");
    std::this_thread::sleep_for(2ms);
    change_to("2");
    now.changed = std::chrono::system_clock::now() - 1h + 30ms;
    REQUIRE(known("right") == Known::retired);
    std::this_thread::sleep_for(40ms);
    REQUIRE(known("right") == Known::nothing);
}

TEST_CASE_METHOD(Fixture, "a password that is set again is not refused as an old one", "[unit]")
{
    good("first");
    std::this_thread::sleep_for(2ms);
    change_to("2");
    proofs->password_moved(alice, now);
    const bool used = GENERATE(true, false); // the one in between
    if (used)
        good("second");
    REQUIRE(known("first") == Known::retired);
    std::this_thread::sleep_for(2ms);
    SECTION("it was set")
    {
        change_to("3");
        proofs->password_moved(alice, now);
        REQUIRE(known("first") == Known::nothing);
        REQUIRE(known("second") == (used ? Known::retired : Known::nothing));
        REQUIRE(proofs->ask(alice, proof("first"), now).predecessor_known == used);
    }
    SECTION("the version moved for another reason")
    {
        now.version = "3";
        now.moved_after.reset();
        REQUIRE(known("first") == Known::retired);
    }
}

TEST_CASE_METHOD(Fixture, "the predecessor is known only when the change was seen as it happened", "[unit]")
{
    good("right");
    std::this_thread::sleep_for(2ms);
    change_to("2");
    SECTION("seen as it happened")
    {
        proofs->password_moved(alice, now);
        REQUIRE(proofs->ask(alice, proof("new"), now).predecessor_known);
        change_to("3"); // what came between is not known
        REQUIRE_FALSE(proofs->ask(alice, proof("new"), now).predecessor_known);
    }
    SECTION("noticed at the next login")
    {
        REQUIRE_FALSE(proofs->ask(alice, proof("new"), now).predecessor_known);
    }
}

TEST_CASE_METHOD(Fixture, "a refusal of a DN says nothing once the person has moved", "[unit]")
{
    refused("right");
    now.dn = "cn=alice,ou=moved";
    REQUIRE(known("right") == Known::nothing);
}

TEST_CASE_METHOD(Fixture, "what the directory says last holds", "[unit]")
{
    refused("x");
    good("x");
    REQUIRE(known("x") == Known::good);
    refused("x");
    REQUIRE(known("x") == Known::refused);
    REQUIRE(proofs->forget(alice));
    REQUIRE(known("x") == Known::nothing);
    REQUIRE_FALSE(proofs->forget(alice));
}

TEST_CASE_METHOD(Fixture, "memory is bounded, and those who came last stay", "[unit]")
{
    proofs = Proofs::create(512 * 1024).value();
    std::vector<std::string> ids;
    for (int i = 0; i < 20'000; ++i)
        ids.push_back("person-" + std::to_string(i));
    for (const std::string& id : ids)
        proofs->remember_good({"CAMPUS", id}, proof("right", {"CAMPUS", id}), now, Clock::now(), "dc1");
    const auto count = proofs->count();
    REQUIRE(count.bytes <= count.capacity);
    REQUIRE(count.people + count.dropped == ids.size());
    REQUIRE(count.people > 100);
    const Proofs::Owner last{"CAMPUS", ids.back()};
    REQUIRE(proofs->ask(last, proof("right", last), now).known == Known::good);
    for (int i = 0; i < 1000; ++i) // one person cannot fill it
        refused("wrong" + std::to_string(i));
    REQUIRE(known("wrong999") == Known::refused);
    REQUIRE(proofs->count().bytes <= count.capacity);
}
