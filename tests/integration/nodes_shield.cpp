// Two authds on one PostgreSQL share what they may try of a person's password, and each lives without the database and
// without the other. slapd hides its own count from them (GATEHOUSE_SLAPD_HIDES_COUNT).
#include "nodes_node.hpp"
#include "support/changes.hpp"
#include "support/clients.hpp"
#include "support/eventually.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <future>
#include <iostream>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
constexpr int room = 3; // the policy "lockable" locks at the fifth; one is spared, one is for known networks

Output slapd(const std::vector<std::string>& words, const std::string& input = {})
{
    return Lab::current().must("slapd", words, {.input = input});
}

Output postgres(const std::vector<std::string>& words)
{
    return Lab::current().must("postgres", words);
}

/// How long the policy "lockable" counts a wrong password; 5 s again at the end.
class CountInterval
{
public:
    explicit CountInterval(std::chrono::seconds interval) { set(interval); }
    ~CountInterval() { set(5s); }
    CountInterval(const CountInterval&) = delete;
    CountInterval& operator=(const CountInterval&) = delete;

private:
    static void set(std::chrono::seconds interval)
    {
        Lab::current().script(
            "slapd", {"change", "set-policy", "lockable", "pwdFailureCountInterval", std::to_string(interval.count())});
    }
};

/// Somebody whom the directory locks at the fifth wrong password.
struct Lockable : TestPerson {
    explicit Lockable(const std::string& name) : TestPerson(name) { change("policy", "lockable"); }

    int counted() const { return values("pwdFailureTime"); } ///< by the directory
    bool locked() const { return values("pwdAccountLockedTime") > 0; }
    /// A password that slapd takes seconds to find wrong.
    void has_slow_password() const
    {
        slapd({"change", "set", name(), "userPassword", "{CRYPT}$6$rounds=5000000$campuslab$nobody-knows"});
    }

private:
    int values(const std::string& attribute) const
    {
        const std::string text = slapd({"entry", name(), attribute}).out;
        int count = 0;
        for (std::size_t at = text.find("\n" + attribute + ":"); at != std::string::npos;
             at = text.find("\n" + attribute + ":", at + 1))
            ++count;
        return count;
    }
};

/// Two nodes on an empty database that have heard of each other.
struct Nodes {
    Nodes()
    {
        postgres({"up"});
        postgres({"empty"});
        a.emplace("a");
        b.emplace("b");
        REQUIRE(eventually(20s, [&] { return a->store_says("nodes") == 2 && b->store_says("nodes") == 2; }));
    }
    ~Nodes() { Lab::current().script("postgres", {"up"}); }
    Nodes(const Nodes&) = delete;
    Nodes& operator=(const Nodes&) = delete;

    /// Both know the person, and that the password is right.
    void meet(const TestPerson& person) const
    {
        REQUIRE(eventually(10s, [&] { return a->grants(person); }));
        REQUIRE(eventually(10s, [&] { return b->grants(person); }));
    }

    struct Answers {
        int denied = 0;
        int put_off = 0;
    };
    /// 50 different wrong passwords at once, one half at each.
    Answers guess(const TestPerson& person, const std::string& kind) const
    {
        std::vector<std::future<Told>> guesses;
        for (int i = 0; i < 50; ++i)
            guesses.push_back(std::async(std::launch::async, [&, i] {
                return (i % 2 == 0 ? a : b)->login(person.name(), kind + "-guess-" + std::to_string(i));
            }));
        Answers answers;
        for (auto& guess : guesses) {
            const Told told = guess.get();
            answers.denied += told == Told::denied;
            answers.put_off += told == Told::unavailable;
        }
        std::cout << "nodes: " << kind << ": 50 wrong passwords: " << answers.denied << " refused, " << answers.put_off
                  << " put off\n";
        CHECK(answers.denied + answers.put_off == 50);
        return answers;
    }

    std::optional<Node> a;
    std::optional<Node> b;
};
} // namespace

TEST_CASE("nodes: fifty wrong passwords at two authds cost the directory no more than at one", "[nodes]")
{
    const CountInterval interval(600s);
    const Lockable nina("nina");
    const Nodes nodes;
    REQUIRE(eventually(10s, [&] { // the lab's own authd, which knows of no other, goes on beside them
        return saslauthd_login(Lab::current().door("cyrus"), "imap", "nina", nina.password()).told == Told::granted;
    }));
    nodes.meet(nina);
    const auto answers = nodes.guess(nina, "shared");
    CHECK(nina.counted() == room);
    CHECK(answers.denied == room);
    CHECK_FALSE(nina.locked());
    CHECK(nodes.a->grants(nina)); // its proof is known
    CHECK(nodes.b->grants(nina));
    // What was counted survives both.
    nodes.guess(nina, "again");
    CHECK(nina.counted() == room);
    // An administrator may forget it at one, and all forget it.
    CHECK(nodes.a->authctl({"shield", "clear", "nina"}).ok());
    CHECK(eventually(5s, [&] { return nodes.b->login("nina", "one-more") == Told::denied; }));
    CHECK_FALSE(nina.locked());
}

TEST_CASE("nodes: a right password at one ends what was counted at the other", "[nodes]")
{
    const CountInterval interval(600s);
    const Lockable nina("nina");
    const Nodes nodes;
    REQUIRE(eventually(10s, [&] { return nodes.a->grants(nina); }));
    CHECK(nodes.a->login("nina", "one") == Told::denied);
    CHECK(nodes.a->login("nina", "two") == Told::denied);
    CHECK(nodes.b->grants(nina)); // by the directory, which forgets what it counted
    CHECK(nina.counted() == 0);
    int denied = 0;
    for (const char* const guess : {"three", "four", "five", "six"})
        denied += nodes.b->login("nina", guess) == Told::denied;
    CHECK(denied == room);
    CHECK(nina.counted() == room);
}

TEST_CASE("nodes: without PostgreSQL each uses its share, and with it they share again", "[nodes]")
{
    const CountInterval interval(600s);
    const Lockable nina("nina");
    const Lockable olga("olga");
    const Nodes nodes;
    nodes.meet(nina);
    REQUIRE(eventually(10s, [&] { return nodes.a->grants(olga) && nodes.b->grants(olga); }));
    postgres({"down"});
    REQUIRE(
        eventually(20s, [&] { return nodes.a->store_says("share_of") == 2 && nodes.b->store_says("share_of") == 2; }));
    CHECK(nodes.a->says_in_log("uses of each person's lockout budget 1/2 of it"));
    CHECK(nodes.a->authctl({"status"}).out.find("alone, with 1/2 of each person's lockout budget") !=
          std::string::npos);
    for (const auto* node : {&*nodes.a, &*nodes.b}) {
        CHECK(node->grants(nina));
        CHECK(node->login("nobody-of-that-name", "password") == Told::denied);
    }
    const auto alone = nodes.guess(nina, "alone");
    CHECK(alone.denied == 2); // a half of three is one
    CHECK(nina.counted() == 2);

    postgres({"up"});
    REQUIRE(
        eventually(40s, [&] { return nodes.a->store_says("share_of") == 1 && nodes.b->store_says("share_of") == 1; }));
    nodes.guess(nina, "back"); // each knows what the other did meanwhile
    CHECK(nina.counted() == room);
    nodes.guess(olga, "shared-again");
    CHECK(olga.counted() == room);
    CHECK_FALSE(nina.locked());
    CHECK_FALSE(olga.locked());
    CHECK(nodes.a->grants(nina));
}

TEST_CASE("nodes: what a killed authd had under way counts until its window ends, and the other goes on", "[nodes]")
{
    const Lockable nina("nina"); // whose window is 5 s
    const Lockable olga("olga");
    Nodes nodes;
    nodes.meet(olga);
    nina.has_slow_password();
    REQUIRE(eventually(
        10s, [&] { return nodes.a->authctl({"explain", "nina"}).ok() && nodes.b->authctl({"explain", "nina"}).ok(); }));
    std::vector<std::future<Told>> guesses;
    for (const char* const guess : {"one", "two", "three"})
        guesses.push_back(std::async(std::launch::async, [&, guess] { return nodes.a->login("nina", guess); }));
    REQUIRE(
        eventually(5s, [] { return postgres({"sql", "SELECT count(*) FROM attempts WHERE state = 0"}).out == "3\n"; }));
    nodes.a->process().signal(SIGKILL);
    for (auto& guess : guesses)
        CHECK(guess.get() == Told::unavailable);
    CHECK(nodes.b->login("nina", "four") == Told::unavailable); // it cannot be known how those ended
    CHECK(nodes.b->grants(olga));
    CHECK(nodes.b->login("olga", "wrong") == Told::denied);
    const auto waited =
        time_of([&] { CHECK(eventually(60s, [&] { return nodes.b->login("nina", "five") == Told::denied; })); });
    std::cout << "nodes: the places of a killed authd came free after " << waited.count() << " ms\n";
    CHECK_FALSE(nina.locked());
    CHECK(nodes.b->store_says("share_of") == 1);
}

TEST_CASE("authctl backs up the store of an authd that runs, and restores it into an empty one", "[nodes]")
{
    const TestPerson nina("nina");
    const auto file = Lab::current().folder() / "faults" / "store-backup";
    std::filesystem::remove(file);
    const auto store = [&](const OwnAuthd& authd, const std::string& verb) {
        return run({Lab::current().program("authctl").string(), "store", "--config",
                    authd.configuration_file().string(), verb, file.string()});
    };
    {
        OwnAuthd alone("alone", {.realms = joined_realm()}); // with SQLite
        REQUIRE(eventually(20s, [&] {
            return saslauthd_login(alone.door("saslauthd"), "imap", "nina", nina.password()).told == Told::granted;
        }));
        const Output backed_up = store(alone, "backup");
        INFO(backed_up.text());
        CHECK(backed_up.status == 0);
        CHECK(backed_up.out.find("holds: 1 mailbox names") != std::string::npos);
        CHECK(store(alone, "restore").status == 75); // it is used
    }
    postgres({"up"});
    postgres({"empty"});
    Node node("a"); // makes the tables
    CHECK(store(node, "restore").err.find("stop them") != std::string::npos);
    node.process().signal(SIGTERM);
    REQUIRE(node.process().wait_for_end(20s) == 0);
    const Output restored = store(node, "restore");
    INFO(restored.text());
    CHECK(restored.status == 0);
    CHECK(restored.out.find("the store holds: 1 mailbox names") != std::string::npos);
    CHECK(store(node, "restore").err.find("holds 1 mailbox names already") != std::string::npos);
    CHECK(postgres({"sql", "SELECT name FROM mailboxes"}).out == "nina\n");
    CHECK(run({Lab::current().program("authctl").string(), "store", "backup"}).status == 64);
}

} // namespace gatehouse::integration
