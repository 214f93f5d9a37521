// Sessions that authd is kept told of. A real socket; the answers are the test's.
#include "client/authd.hpp"
#include "native_peer.hpp"

#include <catch2/catch.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <optional>

using namespace gatehouse;
using namespace gatehouse::client;
using namespace gatehouse::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace
{

/// What the peer holds, by the name of the person. Shared by the threads of its connections.
class Held
{
public:
    NativePeer::Serve serve()
    {
        return [this](NativePeer::Session& session, wire::NativeRequest request) {
            const std::lock_guard lock(mutex_);
            if (const auto* hold = std::get_if<wire::NativeHold>(&request))
                take(session, *hold);
            else if (const auto* cancel = std::get_if<wire::NativeCancel>(&request))
                cancelled_ += std::erase_if(held_, [&](const auto& each) { return each.second.hold.id == cancel->id; });
            else if (const auto* authenticate = std::get_if<wire::NativeAuthenticate>(&request))
                session.send(judge(*authenticate));
        };
    }

    void end(const std::string& name, const std::string& reason)
    {
        const std::lock_guard lock(mutex_);
        const auto node = held_.extract(name);
        REQUIRE_FALSE(node.empty());
        node.mapped().session->send(line(node.mapped().hold.id, reason));
    }
    void forget()
    {
        const std::lock_guard lock(mutex_);
        held_.clear();
    }
    std::size_t size() const
    {
        const std::lock_guard lock(mutex_);
        return held_.size();
    }
    std::size_t cancelled() const
    {
        const std::lock_guard lock(mutex_);
        return cancelled_;
    }
    wire::NativeHold of(const std::string& name) const
    {
        const std::lock_guard lock(mutex_);
        return held_.at(name).hold;
    }

    std::string ends_at_once{}; ///< set before the peer runs
    bool refuses = false;

private:
    struct One {
        wire::NativeHold hold;
        NativePeer::Session* session;
    };

    static std::string line(wire::NativeId id, const std::string& reason)
    {
        return wire::format_native_result(id, boost::json::object{{"end", reason}, {"text", "it is over"}});
    }
    void take(NativePeer::Session& session, const wire::NativeHold& hold)
    {
        if (refuses)
            session.send(wire::format_native_error(hold.id, "this listener does not take such requests"));
        else if (hold.name == ends_at_once)
            session.send(line(hold.id, "account-disabled"));
        else
            held_.insert_or_assign(hold.name, One{hold, &session});
    }

    mutable std::mutex mutex_;
    std::map<std::string, One> held_;
    std::size_t cancelled_ = 0;
};

struct Edge {
    Edge() { peer.emplace(folder.path / "native", held.serve()); }

    std::unique_ptr<Authd::Hold> hold(const std::string& name)
    {
        return std::make_unique<Authd::Hold>(*authd,
                                             HeldSession{.realm = "CAMPUS",
                                                         .person = "id-" + name,
                                                         .name = name,
                                                         .service = "imap",
                                                         .address = "192.0.2.1",
                                                         .store = "imap1",
                                                         .since = WallTime{1'900'000'000s}},
                                             [this, name](const std::string& reason, const std::string& text) {
                                                 CHECK(text == "it is over");
                                                 ended[name] += reason;
                                             });
    }

    template <class Condition>
    bool until(Condition holds)
    {
        const Deadline by = Clock::now() + 20s;
        while (!holds() && Clock::now() < by)
            io.run_for(5ms);
        return holds();
    }

    ScratchFolder folder;
    Held held;
    std::optional<NativePeer> peer;
    asio::io_context io;
    std::optional<Authd> authd{std::in_place, io, Settings{.socket = folder.path / "native"}};
    std::map<std::string, std::string> ended;
};

} // namespace

TEST_CASE("a hold tells authd of a session, and of its end", "[unit]")
{
    Edge edge;
    auto alice = edge.hold("alice"); // opens the connection by itself
    REQUIRE(edge.until([&] { return edge.held.size() == 1; }));
    const wire::NativeHold told = edge.held.of("alice");
    CHECK(told.realm == "CAMPUS");
    CHECK(told.person == "id-alice");
    CHECK(told.service == "imap");
    CHECK(told.client == "192.0.2.1");
    CHECK(told.store == "imap1");
    CHECK(told.since == 1'900'000'000);
    alice.reset();
    REQUIRE(edge.until([&] { return edge.held.cancelled() == 1; }));
    CHECK(edge.ended.empty());
}

TEST_CASE("a session that must end is told so once, and the others go on", "[unit]")
{
    Edge edge;
    auto alice = edge.hold("alice");
    auto bob = edge.hold("bob");
    REQUIRE(edge.until([&] { return edge.held.size() == 2; }));
    edge.held.end("alice", "account-disabled");
    REQUIRE(edge.until([&] { return !edge.ended.empty(); }));
    CHECK(edge.ended == std::map<std::string, std::string>{{"alice", "account-disabled"}});
    alice.reset(); // authd has forgotten it: nothing to cancel
    bob.reset();
    REQUIRE(edge.until([&] { return edge.held.cancelled() == 1; }));
    CHECK(edge.held.size() == 0);
}

TEST_CASE("an end may end other holds, and the Authd", "[unit]")
{
    Edge edge;
    auto bob = edge.hold("bob");
    bool told = false;
    std::optional<Authd::Hold> alice;
    alice.emplace(*edge.authd, HeldSession{.realm = "CAMPUS", .person = "1", .name = "alice", .service = "imap"},
                  [&](const std::string&, const std::string&) {
                      told = true;
                      alice.reset();
                      bob.reset();
                      edge.authd.reset();
                  });
    REQUIRE(edge.until([&] { return edge.held.size() == 2; }));
    edge.held.end("alice", "kicked");
    REQUIRE(edge.until([&] { return told; }));
    edge.io.run(); // nothing is left
}

TEST_CASE("a hold that is told of at its beginning hears it later, never from within its constructor", "[unit]")
{
    Edge edge;
    edge.held.ends_at_once = "carol";
    auto alice = edge.hold("alice");
    REQUIRE(edge.until([&] { return edge.held.size() == 1; }));
    auto carol = edge.hold("carol");
    CHECK(edge.ended.empty());
    REQUIRE(edge.until([&] { return edge.ended["carol"] == "account-disabled"; }));
}

TEST_CASE("after authd's restart every hold is told anew, ten thousand too, and one that must end ends", "[unit]")
{
    constexpr std::size_t many = 10'000;
    Edge edge;
    std::vector<std::unique_ptr<Authd::Hold>> holds;
    for (std::size_t i = 0; i < many; ++i)
        holds.push_back(edge.hold("person" + std::to_string(i)));
    REQUIRE(edge.until([&] { return edge.held.size() == many; }));
    edge.peer.reset();
    edge.held.forget();
    edge.io.run_for(50ms);
    holds.pop_back(); // while authd is away
    edge.held.ends_at_once = "person17";
    edge.peer.emplace(edge.folder.path / "native", edge.held.serve());
    REQUIRE(edge.until([&] { return edge.held.size() == many - 2; }));
    REQUIRE(edge.until([&] { return edge.ended["person17"] == "account-disabled"; }));
    CHECK(edge.ended.size() == 1);
    holds.clear(); // all at once
    REQUIRE(edge.until([&] { return edge.held.size() == 0; }));
}

TEST_CASE("holds take no place among the calls", "[unit]")
{
    Edge edge;
    edge.authd.emplace(edge.io, Settings{.socket = edge.folder.path / "native", .in_flight = 1});
    auto alice = edge.hold("alice");
    auto bob = edge.hold("bob");
    REQUIRE(edge.until([&] { return edge.held.size() == 2; }));
    std::optional<Result<Answer>> answer;
    asio::co_spawn(
        edge.io,
        [&]() -> Awaitable<void> {
            answer = co_await edge.authd->authenticate(
                {.service = "imap", .login = "alice", .password = secret("right")}, Clock::now() + 20s);
        },
        asio::detached);
    REQUIRE(edge.until([&] { return answer.has_value(); }));
    CHECK(answer->value().outcome == Answer::Outcome::granted);
}

TEST_CASE("where authd does not hold sessions they go on, and are told anew at the next connection", "[unit]")
{
    Edge edge;
    edge.held.refuses = true;
    auto alice = edge.hold("alice");
    REQUIRE(edge.until([&] { return edge.peer->requests == 1; }));
    edge.io.run_for(20ms);
    edge.peer.reset();
    edge.held.refuses = false;
    edge.peer.emplace(edge.folder.path / "native", edge.held.serve());
    REQUIRE(edge.until([&] { return edge.held.size() == 1; }));
    CHECK(edge.ended.empty());
}

TEST_CASE("a session with a name that cannot be written holds up nobody", "[unit]")
{
    Edge edge;
    auto broken = edge.hold("\xff");
    auto alice = edge.hold("alice");
    REQUIRE(edge.until([&] { return edge.held.size() == 1; }));
    CHECK(edge.held.of("alice").name == "alice");
}
