// No client can lock a person out: what is wrong is tried once, and what is guessed stays below the threshold.
#include "support/clients.hpp"
#include "support/eventually.hpp"
#include "support/lockable.hpp"
#include "support/own_authd.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <future>
#include <iostream>
#include <thread>
#include <vector>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
constexpr std::size_t budget = 3; // of a threshold of five: the fifth locks, the fourth is kept for the owner
const std::string home = "192.0.2.10";
const std::string elsewhere = "203.0.113.9";

/// A listener whose callers say where their clients are.
std::string web_listener(const std::string& name)
{
    return "  - name: web\n    door: native\n    may_assert_address: true\n    socket: {path: " +
           (Lab::current().folder() / "faults" / name / "web").string() + ", mode: \"0666\"}\n";
}

/// Of many logins, how each ended.
struct Ends {
    void add(const Reply& reply)
    {
        granted += reply.told == Told::granted;
        denied += reply.told == Told::denied;
        unavailable += reply.told == Told::unavailable;
    }

    std::size_t granted = 0;
    std::size_t denied = 0;
    std::size_t unavailable = 0;
};

std::ostream& operator<<(std::ostream& out, const Ends& ends)
{
    return out << ends.granted << " granted, " << ends.denied << " refused, " << ends.unavailable << " put off";
}

/// Nina, and an authd of the test's own that guards her.
struct Guarded {
    explicit Guarded(const std::string& name)
        : authd(name, {.realms = joined_realm(), .listeners = web_listener(name)}), audit(authd.audit())
    {
        REQUIRE(eventually(20s, [&] { return feed_is_live(authd); }));
        REQUIRE(eventually(10s, [&] { return from(home, nina.password()).told == Told::granted; }));
    }

    Reply from(const std::string& address, const std::string& password) const
    {
        return native_login(authd.door("web"), "web", nina.name(), password, address);
    }

    /// `count` different wrong passwords, each from a network of its own, since one alone would be slowed.
    Ends guess(int count, const std::function<void()>& between = [] {}) const
    {
        Ends guesses;
        for (int i = 0; i < count; ++i) {
            const std::string number = std::to_string(i);
            guesses.add(from("198.51." + number + ".1", "guess-" + number));
            between();
        }
        return guesses;
    }

    /// Its proofs are gone then, and where people have logged in from is still known.
    void restart()
    {
        authd.process().signal(SIGTERM);
        REQUIRE(eventually(10s, [&] { return !authd.process().running(); }));
        authd.start_again();
        REQUIRE(eventually(20s, [&] { return feed_is_live(authd); }));
    }

    Lockable nina;
    OwnAuthd authd;
    AuditFile audit;
};
} // namespace

TEST_CASE("promises: a client that repeats a wrong password a thousand times costs the directory one attempt",
          "[openldap][active-directory]")
{
    const Lockable nina;
    const auto from_home = [&] {
        return native_login(Lab::current().door("web"), "web", nina.name(), nina.password(), home);
    };
    REQUIRE(eventually(10s, [&] { return from_home().told == Told::granted; }));
    const std::size_t before = nina.wrong_passwords();
    std::vector<std::future<int>> clients;
    for (int client = 0; client < 50; ++client)
        clients.push_back(std::async(std::launch::async, [&] {
            int denied = 0;
            for (int i = 0; i < 20; ++i)
                denied += saslauthd_login(Lab::current().door("cyrus"), "imap", nina.name(), "yesterdays").told ==
                          Told::denied;
            return denied;
        }));
    int denied = 0;
    for (auto& client : clients)
        denied += client.get();
    const std::size_t after = nina.wrong_passwords();
    std::cout << "promises: 1000 times one wrong password: the directory counted " << after - before << '\n';
    CHECK(denied == 1000);
    CHECK(after - before == 1);
    CHECK(from_home().told == Told::granted);
}

TEST_CASE("promises: fifty different wrong passwords never lock the account, and its owner gets in",
          "[openldap][active-directory]")
{
    Guarded campus("guesses");
    std::size_t used_by_windows = 0;
    SECTION("nobody else has tried one") {}
    SECTION("Windows has used up three already")
    {
        for (; used_by_windows < budget; ++used_by_windows)
            REQUIRE(campus.nina.bind("windows-" + std::to_string(used_by_windows)).told == Told::denied);
    }
    REQUIRE(campus.nina.wrong_passwords() == used_by_windows);
    campus.audit.mark();
    Ends owner;
    const Ends guesses = campus.guess(50, [&] { owner.add(campus.from(home, campus.nina.password())); });
    const std::size_t counted = campus.nina.wrong_passwords();
    std::cout << "promises: 50 different wrong passwords, " << used_by_windows
              << " used up by Windows before: " << guesses << "; the directory counts " << counted
              << "; the owner meanwhile: " << owner << '\n';
    CHECK(guesses.denied == budget - used_by_windows);
    CHECK(guesses.unavailable == 50 - guesses.denied);
    CHECK(counted == budget);
    CHECK_FALSE(campus.nina.locked());
    CHECK(owner.granted == 50);
    for (const AuditLine& line : campus.audit.settled()) {
        INFO(line.text());
        if (line["client"] == home)
            CHECK(line["source"] == "proof");
        else if (line["verdict"] == "unavailable")
            CHECK(line["reason"] == "lockout-budget");
    }
}

TEST_CASE("promises: at the limit, an owner whose proof is not known gets in from where they were before",
          "[openldap][active-directory]")
{
    Guarded campus("reserved");
    campus.restart();
    const bool by_windows = GENERATE(false, true);
    if (by_windows)
        for (std::size_t i = 0; i < budget; ++i)
            REQUIRE(campus.nina.bind("windows-" + std::to_string(i)).told == Told::denied);
    else
        CHECK(campus.guess(10).denied == budget);
    REQUIRE(campus.nina.wrong_passwords() == budget);
    campus.audit.mark();
    CHECK(campus.from(elsewhere, campus.nina.password()).told == Told::unavailable);
    CHECK(saslauthd_login(campus.authd.door("saslauthd"), "imap", campus.nina.name(), campus.nina.password()).told ==
          Told::unavailable); // which tells no network
    SECTION("with the right password at once")
    {
        CHECK(campus.from(home, campus.nina.password()).told == Told::granted);
        CHECK(campus.from(elsewhere, campus.nina.password()).told == Told::granted); // by proof from now on
        CHECK(campus.nina.wrong_passwords() == 0);                                   // as the directory has it
    }
    SECTION("with a wrong password from there, too")
    {
        CHECK(campus.from(home, "mistyped").told == Told::denied);
        CHECK(campus.from(home, campus.nina.password()).told == Told::unavailable);
        CHECK(campus.from(home, "mistyped-again").told == Told::unavailable);
        CHECK(campus.nina.wrong_passwords() == budget + 1);
    }
    CHECK_FALSE(campus.nina.locked());
    for (const AuditLine& line : campus.audit.settled()) {
        std::cout << "promises: at the limit" << (by_windows ? " by Windows" : "") << ", from "
                  << (line["client"].empty() ? "a client that is not told" : line["client"]) << ": " << line["verdict"]
                  << ", " << line["reason"] << ", " << line["source"] << '\n';
        if (line["verdict"] == "unavailable")
            CHECK(line["reason"] == "lockout-budget");
    }
}

TEST_CASE("promises: guesses that are held back in one network do not add up to a lock", "[openldap][active-directory]")
{
    const Guarded campus("held-back");
    int number = 0;
    const auto guess = [&] { return campus.from(elsewhere, "guess-" + std::to_string(++number)); };
    for (int round = 0; round < 2; ++round) { // until the network is held back for two seconds
        for (std::size_t i = 0; i < budget; ++i)
            CHECK(guess().told == Told::denied);
        const std::string fresh =
            "Fresh-Passw0rd-" + std::to_string(round); // no proof knows it: the directory is asked
        campus.nina.set_password(fresh);
        const Reply right = campus.from(home, fresh); // and everybody forgets the wrong ones
        INFO(right.words << ", after " << campus.nina.wrong_passwords());
        REQUIRE(right.told == Told::granted);
        REQUIRE(campus.nina.wrong_passwords() == 0);
    }
    std::vector<std::future<Reply>> guesses;
    for (int i = 0; i < 20; ++i) { // one after the other, while those before are still held back
        guesses.push_back(std::async(
            std::launch::async, [&campus, i] { return campus.from(elsewhere, "late-guess-" + std::to_string(i)); }));
        std::this_thread::sleep_for(80ms);
    }
    Ends ends;
    for (auto& each : guesses)
        ends.add(each.get());
    const std::size_t counted = campus.nina.wrong_passwords();
    std::cout << "promises: 20 guesses held back at the same time: " << ends << "; the directory counts " << counted
              << '\n';
    CHECK(counted <= budget);
    CHECK_FALSE(campus.nina.locked());
}

} // namespace gatehouse::integration
