#include "client/authd.hpp"
#include "native_peer.hpp"

#include <catch2/catch.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <deque>
#include <memory>
#include <optional>

using namespace gatehouse;
using namespace gatehouse::client;
using namespace gatehouse::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace
{

Login login(std::string name, std::string_view password)
{
    return {.service = "imap", .login = std::move(name), .password = secret(password)};
}

/// An event loop, the client under test and what its calls brought.
struct Campus {
    explicit Campus(Settings changed = {}) : settings(std::move(changed))
    {
        settings.socket = socket();
        authd.emplace(io, settings);
    }
    std::string socket() const { return (folder.path / "native").string(); }

    /// Starts a login; its result is at `results[index]` once it has ended.
    std::size_t start(std::string name, std::string_view password, std::chrono::milliseconds within = 5s)
    {
        const std::size_t index = results.size();
        results.emplace_back();
        asio::co_spawn(
            io,
            [](Campus& campus, std::size_t at, Login what, Deadline deadline) -> Awaitable<void> {
                campus.results[at] = co_await campus.authd->authenticate(std::move(what), deadline);
                ++campus.ended;
            }(*this, index, login(std::move(name), password), Clock::now() + within),
            asio::detached);
        return index;
    }

    /// Runs the loop until every started call has ended.
    void run()
    {
        while (ended < results.size())
            io.run_one();
    }
    const Result<Answer>& ask(std::string name, std::string_view password, std::chrono::milliseconds within = 5s)
    {
        const std::size_t index = start(std::move(name), password, within);
        run();
        return *results[index];
    }
    template <class T>
    T await(Awaitable<T> call)
    {
        std::optional<T> out;
        asio::co_spawn(
            io,
            [](Awaitable<T> inner, std::optional<T>& to) -> Awaitable<void> {
                to.emplace(co_await std::move(inner));
            }(std::move(call), out),
            asio::detached);
        while (!out)
            io.run_one();
        return std::move(*out);
    }

    ScratchFolder folder;
    asio::io_context io;
    Settings settings;
    std::optional<Authd> authd;
    std::deque<std::optional<Result<Answer>>> results;
    std::size_t ended = 0;
};

using Outcome = Answer::Outcome;

} // namespace

TEST_CASE("the client tells granted, denied and unavailable apart", "[unit]")
{
    Campus campus;
    const NativePeer peer(campus.socket(), judging());
    const auto granted = campus.ask("alice", "right");
    REQUIRE(granted.value().outcome == Outcome::granted);
    REQUIRE(granted->person->mailbox == "alice");
    REQUIRE(campus.ask("alice", "wrong").value().outcome == Outcome::denied);
    REQUIRE(campus.ask("alice", "outage").value().outcome == Outcome::unavailable);
    REQUIRE(peer.connections == 1);
}

TEST_CASE("many calls share one connection and each gets its own answer, in whatever order they come", "[unit]")
{
    Campus campus;
    std::vector<std::string> held;
    const NativePeer peer(campus.socket(), [&](NativePeer::Session& session, wire::NativeRequest request) {
        held.push_back(judge(std::get<wire::NativeAuthenticate>(request)));
        if (held.size() < 200)
            return;
        session.send(wire::format_native_error(999'999, "an id that nobody waits for"));
        for (; !held.empty(); held.pop_back())
            session.send(held.back());
    });
    for (int i = 0; i < 200; ++i)
        campus.start("person" + std::to_string(i), i % 3 == 0 ? "wrong" : "right");
    campus.run();
    for (std::size_t i = 0; i < 200; ++i) {
        const Answer& answer = campus.results[i]->value();
        REQUIRE(answer.outcome == (i % 3 == 0 ? Outcome::denied : Outcome::granted));
        if (answer.person)
            REQUIRE(answer.person->name == "person" + std::to_string(i));
    }
    REQUIRE(peer.connections == 1);
}

TEST_CASE("a lost connection is an outage to those who wait, is not asked again, and the next call finds a new one",
          "[unit]")
{
    Campus campus;
    std::atomic<bool> ends = true;
    const NativePeer peer(campus.socket(), [&](NativePeer::Session& session, wire::NativeRequest request) {
        if (ends)
            return session.end();
        session.send(judge(std::get<wire::NativeAuthenticate>(request)));
    });
    campus.start("alice", "right");
    campus.start("bob", "wrong");
    campus.run();
    for (const auto& result : campus.results)
        REQUIRE(result->error().kind == ErrorKind::unavailable);
    REQUIRE(peer.requests <= 2);

    ends = false;
    REQUIRE(campus.ask("alice", "right").value().outcome == Outcome::granted);
    REQUIRE(peer.connections == 2);
}

TEST_CASE("a call that is late ends alone, and its late answer reaches nobody", "[unit]")
{
    Campus campus;
    std::string late;
    const NativePeer peer(campus.socket(), [&](NativePeer::Session& session, wire::NativeRequest request) {
        const auto& authenticate = std::get<wire::NativeAuthenticate>(request);
        if (authenticate.login == "slow") {
            late = judge(authenticate);
            return;
        }
        if (!late.empty())
            session.send(std::exchange(late, {}));
        session.send(judge(authenticate));
    });
    const auto began = Clock::now();
    REQUIRE(campus.ask("slow", "right", 150ms).error().kind == ErrorKind::deadline);
    REQUIRE(Clock::now() - began < 1s);
    REQUIRE(campus.ask("bob", "wrong").value().outcome == Outcome::denied); // not the late "granted"
    REQUIRE(peer.connections == 1);
}

TEST_CASE("authd that is away briefly costs a wait, and away for long an error at once", "[unit]")
{
    Settings settings;
    settings.patience = 600ms;
    Campus campus(settings);
    auto began = Clock::now();
    const auto away = campus.ask("alice", "right");
    REQUIRE(away.error().kind == ErrorKind::unavailable);
    REQUIRE(away.error().text.contains(campus.socket()));
    REQUIRE(Clock::now() - began >= 500ms);
    REQUIRE(Clock::now() - began < 2s);
    began = Clock::now();
    REQUIRE(campus.ask("alice", "right").error().kind == ErrorKind::unavailable);
    REQUIRE(Clock::now() - began < 100ms);
    REQUIRE(campus.ask("alice", "right", 0ms).error().kind != ErrorKind::invalid);

    // It comes back: noticed without any call, within the longest pause.
    const NativePeer peer(campus.socket(), judging());
    began = Clock::now();
    while (peer.connections == 0 && Clock::now() - began < 5s)
        campus.io.run_one_for(50ms);
    REQUIRE(peer.connections == 1);
    bool granted = false; // once the greeting was read, too
    while (!granted && Clock::now() - began < 5s) {
        const auto& answer = campus.ask("alice", "right");
        granted = answer && answer->outcome == Outcome::granted;
    }
    REQUIRE(granted);
}

TEST_CASE("authd that restarts is waited for", "[unit]")
{
    Campus campus;
    auto peer = std::make_unique<NativePeer>(campus.socket(), judging());
    REQUIRE(campus.ask("alice", "right").value().outcome == Outcome::granted);
    peer.reset();
    campus.io.run_for(20ms); // the client sees the end
    campus.start("alice", "right");
    campus.io.run_for(100ms);
    REQUIRE(campus.ended == 1);
    peer = std::make_unique<NativePeer>(campus.socket(), judging());
    campus.run();
    REQUIRE(campus.results.back()->value().outcome == Outcome::granted);
}

TEST_CASE("no more calls are under way than allowed", "[unit]")
{
    Settings settings;
    settings.in_flight = 3;
    Campus campus(settings);
    const NativePeer peer(campus.socket(), [](NativePeer::Session&, wire::NativeRequest) {});
    for (int i = 0; i < 5; ++i)
        campus.start("alice", "right", 300ms);
    campus.run();
    int refused = 0;
    for (const auto& result : campus.results)
        refused += result->error().kind == ErrorKind::limit ? 1 : 0;
    REQUIRE(refused == 2);
    REQUIRE(peer.requests <= 3);
}

TEST_CASE("a stranger at the socket is no authd", "[unit]")
{
    Settings settings;
    settings.patience = 100ms;
    for (const char* greeting : {"* OK IMAP4rev1\n", "{\"gatehouse\":2,\"server\":\"x\"}\n"}) {
        Campus campus(settings);
        const NativePeer peer(campus.socket(), judging(), greeting);
        REQUIRE(campus.ask("alice", "right").error().kind == ErrorKind::invalid);
        REQUIRE(peer.requests == 0);
    }
}

TEST_CASE("a mute authd is left at the greeting's deadline", "[unit]")
{
    Settings settings;
    settings.patience = 300ms;
    settings.greeting = 100ms;
    Campus campus(settings);
    const NativePeer peer(campus.socket(), judging(), "");
    REQUIRE(campus.ask("alice", "right").error().text.contains("greet"));
}

TEST_CASE("noise instead of a reply ends the connection, not the program", "[unit]")
{
    Campus campus;
    const NativePeer peer(campus.socket(), [](NativePeer::Session& session, wire::NativeRequest request) {
        const auto& login_name = std::get<wire::NativeAuthenticate>(request).login;
        session.send(login_name == "noise"  ? "* BYE\n"
                     : login_name == "long" ? std::string(300 * 1024, 'x')
                                            : wire::format_native_error({}, "not JSON"));
    });
    for (const char* name : {"noise", "long", "null"})
        REQUIRE(campus.ask(name, "right").error().kind == ErrorKind::unavailable);
    REQUIRE(peer.connections >= 3);
}

TEST_CASE("a request that authd does not serve is a mistake, not a refusal", "[unit]")
{
    Campus campus;
    const NativePeer peer(campus.socket(), [](NativePeer::Session& session, wire::NativeRequest request) {
        std::visit([&](const auto& one) { session.send(wire::format_native_error(one.id, "not here")); }, request);
    });
    REQUIRE(campus.ask("alice", "right").error().kind == ErrorKind::invalid);
    const auto status = campus.await(campus.authd->status(Clock::now() + 1s));
    REQUIRE(status.error().text == "not here");
}

TEST_CASE("control questions bring their results", "[unit]")
{
    Campus campus;
    const NativePeer peer(campus.socket(), [](NativePeer::Session& session, wire::NativeRequest request) {
        const auto& control = std::get<wire::NativeControl>(request);
        session.send(wire::format_native_result(
            control.id, {{"op", static_cast<int>(control.operation)}, {"login", control.login}}));
    });
    REQUIRE(campus.await(campus.authd->status(Clock::now() + 1s)).value().at("op").as_int64() == 0);
    REQUIRE(campus.await(campus.authd->explain("alice", Clock::now() + 1s)).value().at("login").as_string() == "alice");
    REQUIRE(campus.await(campus.authd->reload(Clock::now() + 1s)).value().at("op").as_int64() == 2);
}

TEST_CASE("an exchange goes step by step on one connection and is forgotten at authd when it is left", "[unit]")
{
    Campus campus;
    std::atomic<int> cancelled{0};
    wire::NativeId exchange_id = 0;
    const NativePeer peer(campus.socket(), [&](NativePeer::Session& session, wire::NativeRequest request) {
        if (const auto* begin = std::get_if<wire::NativeExchange>(&request)) {
            exchange_id = begin->id;
            return session.send(wire::format_native_challenge(begin->id, "User Name"));
        }
        if (const auto* step = std::get_if<wire::NativeStep>(&request)) {
            const bool known = step->id == exchange_id && step->response.view() == "alice";
            return session.send(wire::format_native_verdict(
                step->id, known ? Verdict::granted(person_named("alice")) : Verdict::refused(Reason::wrong_password),
                {}, wire::NativeDetail::people));
        }
        if (const auto* cancel = std::get_if<wire::NativeCancel>(&request))
            cancelled += cancel->id == exchange_id ? 1 : 100;
    });
    {
        Authd::Exchange exchange(*campus.authd);
        const auto turn =
            campus.await(exchange.begin({.service = "smtp", .mechanism = "LOGIN", .initial = {}}, Clock::now() + 1s));
        REQUIRE(std::get<wire::NativeChallenge>(turn.value()).challenge == "User Name");
        const auto end = campus.await(exchange.step(secret("alice"), Clock::now() + 1s));
        REQUIRE(std::get<Answer>(end.value()).outcome == Outcome::granted);
        REQUIRE_FALSE(campus.await(exchange.step(secret("alice"), Clock::now() + 1s)).has_value());
    }
    REQUIRE(cancelled == 0);
    {
        Authd::Exchange left(*campus.authd);
        (void)campus.await(left.begin({.service = "smtp", .mechanism = "LOGIN", .initial = {}}, Clock::now() + 1s));
    }
    for (const auto began = Clock::now(); cancelled == 0 && Clock::now() - began < 2s;)
        campus.io.run_for(10ms);
    REQUIRE(cancelled == 1);
}

TEST_CASE("an exchange whose connection was lost between its steps is an outage, never a refusal", "[unit]")
{
    Campus campus;
    auto peer =
        std::make_unique<NativePeer>(campus.socket(), [](NativePeer::Session& session, wire::NativeRequest request) {
            if (const auto* begin = std::get_if<wire::NativeExchange>(&request))
                session.send(wire::format_native_challenge(begin->id, ""));
        });
    Authd::Exchange exchange(*campus.authd);
    REQUIRE(campus.await(exchange.begin({.service = "smtp", .mechanism = "LOGIN", .initial = {}}, Clock::now() + 1s))
                .has_value());
    peer.reset();
    campus.io.run_for(20ms);
    REQUIRE(campus.await(exchange.step(secret("alice"), Clock::now() + 1s)).error().kind == ErrorKind::unavailable);
}

TEST_CASE("ending the client ends what is under way, and the loop has nothing left to do", "[unit]")
{
    Campus campus;
    const NativePeer peer(campus.socket(), [](NativePeer::Session&, wire::NativeRequest) {});
    campus.start("alice", "right");
    campus.io.run_for(50ms);
    REQUIRE(campus.ended == 0);
    campus.authd->close();
    campus.io.run(); // returns
    REQUIRE(campus.results[0]->error().kind == ErrorKind::unavailable);
    campus.io.restart();
    REQUIRE(campus.ask("alice", "right").error().kind == ErrorKind::unavailable);
}

TEST_CASE("a loop that is destroyed in the middle of calls leaves no secret behind", "[unit]")
{
    const std::size_t before = SecretArena::process().used();
    {
        Campus campus;
        const NativePeer peer(campus.socket(), [](NativePeer::Session&, wire::NativeRequest) {});
        campus.start("alice", std::string(30'000, 'p'));
        campus.start("bob", "right");
        campus.io.run_for(50ms);
        campus.start("carol", "right"); // not even begun
    }
    REQUIRE(SecretArena::process().used() == before);
}
