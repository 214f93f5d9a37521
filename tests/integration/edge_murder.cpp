// The mail edge before the front ends of a Cyrus Murder.
#include "edge_lab.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <csignal>
#include <set>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
ImapSession session_of(const std::string& name)
{
    ImapSession session;
    const auto logged_in = session.log_in(name, Lab::current().person(name).password);
    INFO(name << ": " << logged_in.status);
    REQUIRE(logged_in.ok());
    return session;
}

/// The front end where this person's session is; empty: there is none.
std::string store_of(const std::string& name)
{
    const Output listed = Lab::current().authctl({"--json", "sessions", name});
    const auto sessions = boost::json::parse(listed.out).at("sessions").as_array();
    return sessions.empty() ? "" : std::string(sessions.front().at("store").as_string());
}

/// Logs in, and out again.
std::string lands_at(const std::string& name)
{
    REQUIRE(eventually(5s, [&] { return store_of(name).empty(); })); // that of another test is over
    std::string store;
    {
        ImapSession session = session_of(name);
        REQUIRE(eventually(5s, [&] { return !(store = store_of(name)).empty(); }));
        REQUIRE(session.ask("LOGOUT").ok());
    }
    REQUIRE(eventually(5s, [&] { return store_of(name).empty(); }));
    return store;
}

/// A front end is frozen for as long as this lives: it takes connections and says nothing.
class FrontEndAway
{
public:
    explicit FrontEndAway(const std::string& store) : pid_(pid_of(store.substr(0, 3))) { ::kill(-pid_, SIGSTOP); }
    ~FrontEndAway() { ::kill(-pid_, SIGCONT); }
    FrontEndAway(const FrontEndAway&) = delete;
    FrontEndAway& operator=(const FrontEndAway&) = delete;

private:
    static pid_t pid_of(const std::string& node)
    {
        const std::string text = read_file(Lab::current().folder() / "run" / ("murder-" + node + ".pid"));
        return static_cast<pid_t>(std::stol(text));
    }

    pid_t pid_;
};
} // namespace

TEST_CASE("edge: people log in through either front end of a Murder, and each keeps to one", "[edge-murder]")
{
    std::set<std::string> used;
    for (const std::string name : {"alice", "bob", "paula", "percy", "ulla", "lorenz"}) {
        const std::string store = lands_at(name);
        for (int i = 0; i < 3; ++i)
            CHECK(lands_at(name) == store);
        used.insert(store);
    }
    CHECK(used == std::set<std::string>{"fe1.campus.example", "fe2.campus.example"});
}

TEST_CASE("edge: a mailbox at one back end of a Murder is read by a person of the other", "[edge-murder]")
{
    for (const auto& [name, back_end] : {std::pair("alice", "be1"), std::pair("bob", "be2")})
        Lab::current().script("murder", {"mailbox", name, back_end}); // refused where the last run has left it
    Lab::current().must("murder", {"share", "alice", "lrs", "bob"});
    ImapSession alice = session_of("alice");
    REQUIRE(alice.append("INBOX", message_with("shared by alice")).ok());
    ImapSession bob = session_of("bob");
    CHECK(bob.ask("SELECT INBOX").ok());
    const auto selected = bob.ask("SELECT user/alice");
    INFO(selected.status);
    REQUIRE(selected.ok());
    CHECK(bob.ask("FETCH * BODY.PEEK[HEADER.FIELDS (SUBJECT)]").untagged.find("shared by alice") != std::string::npos);
    CHECK(bob.append("user/alice", message_with("not allowed")).status.starts_with("NO"));
}

TEST_CASE("edge: while a front end of a Murder is away its people land at the other", "[edge-murder]")
{
    const std::string home = lands_at("alice");
    const std::string other = home.starts_with("fe1") ? "fe2.campus.example" : "fe1.campus.example";
    {
        const FrontEndAway away(home);
        CHECK(lands_at("alice") == other); // after limits.store
        // Once it is known to be away nobody waits for it, but for a try now and then.
        CHECK(eventually(60s, [&] { return time_of([&] { CHECK(lands_at("alice") == other); }) < 2s; }));
    }
    CHECK(eventually(60s, [&] { return lands_at("alice") == home; }));
}

} // namespace gatehouse::integration
