#include "gate/shared_kicks.hpp"

#include "scratch_store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include <set>

using namespace gatehouse;
using namespace gatehouse::gate;
using namespace std::chrono_literals;

namespace
{

struct Holder : SessionHolder {
    void end(std::vector<EndedSession> all) override
    {
        for (const EndedSession& each : all)
            ended.insert(each.tag);
    }
    std::set<std::uint64_t> ended;
};

/// A node that hears of kicks at others, which write to the same store.
struct Node {
    Node() { kicks.start(); }

    void hold(const std::string& person, std::uint64_t tag)
    {
        const Rules rules{.names = {{.realm = "CAMPUS"}}, .realms = {Realm{}}};
        REQUIRE(sessions.hold({.realm = "CAMPUS", .person = person, .name = person, .service = "imap"}, holder, tag,
                              rules, std::chrono::system_clock::now()));
    }
    void kick_elsewhere(const std::string& person)
    {
        boost::asio::co_spawn(io, SharedKicks::tell(*store, {.realm = "CAMPUS", .person = person}),
                              boost::asio::detached);
    }
    /// As long as it takes to hear of something twice.
    std::set<std::uint64_t> heard()
    {
        io.run_for(600ms);
        return holder->ended;
    }

    ScratchStore scratch;
    std::shared_ptr<store::Store> store = scratch.open();
    LiveSessions sessions;
    std::shared_ptr<Holder> holder = std::make_shared<Holder>();
    boost::asio::io_context io;
    SharedKicks kicks{io, *store, sessions};
};

using Ended = std::set<std::uint64_t>;

} // namespace

TEST_CASE("a kick that another node tells ends the person's sessions once", "[unit]")
{
    Node node;
    node.hold("alice", 1);
    node.hold("alice", 2);
    node.hold("bob", 3);
    CHECK(node.heard().empty());
    node.kick_elsewhere("alice");
    CHECK(node.heard() == Ended{1, 2});
    node.hold("alice", 4); // she is back
    CHECK(node.heard() == Ended{1, 2});
    node.kick_elsewhere("bob"); // is not hers
    CHECK(node.heard() == Ended{1, 2, 3});
    node.kick_elsewhere("alice");
    CHECK(node.heard() == Ended{1, 2, 3, 4});
}

TEST_CASE("a session that begins after a kick goes on", "[unit]")
{
    Node node;
    node.kick_elsewhere("alice");
    CHECK(node.heard().empty());
    node.hold("alice", 1);
    CHECK(node.heard().empty());
}
