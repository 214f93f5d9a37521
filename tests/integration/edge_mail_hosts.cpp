// Which store is whose: as the directory names it, and what people are told while their store is away.
#include "edge_lab.hpp"
#include "support/in_quotes.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
constexpr auto first_store = "cyrus.campus.example";
constexpr auto second_store = "cyrus-2.campus.example";

/// Until authd has heard of the person and of where their mail is.
void wait_for(const TestPerson& person, const std::string& store)
{
    REQUIRE(eventually(10s, [&] {
        ImapSession session;
        return session.log_in(person.name(), person.password()).ok() &&
               Lab::current().authctl({"--json", "sessions", person.name()}).out.find('"' + store + '"') !=
                   std::string::npos;
    }));
}

/// What the store itself holds for the person; the edge has no part in it.
bool holds(const std::string& port, const TestPerson& person, const std::string& subject)
{
    Connection store(Lab::current().place(port));
    store.read_line();
    REQUIRE(store.ask("a LOGIN " + person.name() + " " + person.password()).starts_with("a OK"));
    store.send("b SELECT INBOX\r\n");
    while (!store.read_line().starts_with("b ")) {
    }
    return store.ask("c SEARCH SUBJECT " + in_quotes(subject)) != "* SEARCH";
}

/// The second store is away for as long as this lives.
class StoreAway
{
public:
    StoreAway() { Lab::current().must("cyrus-2", {"down"}); }
    ~StoreAway() { Lab::current().script("cyrus-2", {"up"}); }
    StoreAway(const StoreAway&) = delete;
    StoreAway& operator=(const StoreAway&) = delete;
};
} // namespace

TEST_CASE("edge: a person whose entry names a store lands there, and moves when it names another",
          "[edge-openldap][edge-ad]")
{
    const TestPerson mona("mona-stored");
    const std::string subject =
        "at the second store " + std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
    place_at(mona, second_store);
    wait_for(mona, second_store);
    {
        ImapSession session;
        REQUIRE(session.log_in(mona.name(), mona.password()).ok());
        REQUIRE(session.append("INBOX", message_with(subject)).ok());
    }
    CHECK(holds("imap-2", mona, subject));
    CHECK_FALSE(holds("imap", mona, subject));

    place_at(mona, first_store);
    wait_for(mona, first_store);
    ImapSession moved;
    REQUIRE(moved.log_in(mona.name(), mona.password()).ok());
    REQUIRE(moved.ask("SELECT INBOX").ok());
    CHECK(moved.ask("SEARCH SUBJECT " + in_quotes(subject)).untagged == "* SEARCH\r\n");

    place_at(mona, "unknown.campus.example");
    CHECK(eventually(10s, [&] {
        ImapSession session;
        return session.log_in(mona.name(), mona.password()).status.starts_with("NO [UNAVAILABLE]");
    }));
}

TEST_CASE("edge: while a store is away its people are told of an outage, and all others log in",
          "[edge-openldap][edge-ad]")
{
    const TestPerson mona("mona-away");
    const SamplePerson& alice = Lab::current().person("alice");
    place_at(mona, second_store);
    wait_for(mona, second_store);
    {
        const StoreAway away;
        for (int i = 0; i < 3; ++i) { // also once it is known to be away
            ImapSession session;
            const auto told = session.log_in(mona.name(), mona.password());
            CHECK(told.status.starts_with("NO [UNAVAILABLE]"));
            ImapSession other;
            CHECK(other.log_in(alice.name, alice.password).ok());
            // A wrong password is known to be wrong all the same.
            CHECK(session.log_in(mona.name(), "Wrong-Passw0rd").status.starts_with("NO [AUTHENTICATIONFAILED]"));
        }
    }
    CHECK(eventually(20s, [&] {
        ImapSession session;
        return session.log_in(mona.name(), mona.password()).ok();
    }));
}

} // namespace gatehouse::integration
