// What Authd asks beside logins: find, watch, admit, count, keep, mint. A real socket; the answers are the test's.
#include "base/text.hpp"
#include "client/authd.hpp"
#include "native_peer.hpp"

#include <catch2/catch.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <map>
#include <optional>

using namespace gatehouse;
using namespace gatehouse::client;
using namespace gatehouse::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using wire::NativeNews;

namespace
{

/// The peer's own store, and one person.
class Registry
{
public:
    void operator()(NativePeer::Session& session, const wire::NativeRequest& request)
    {
        std::visit([&](const auto& one) { session.send(answer(one)); }, request);
    }

private:
    static std::string answer(const wire::NativeFind& find)
    {
        boost::json::value person;
        if (find.login == "alice" && find.realm == "CAMPUS")
            person = wire::native_person_in_full(person_named("alice"));
        return wire::format_native_result(
            find.id, {{"person", person}, {"reason", person.is_null() ? "unknown-person" : "granted"}});
    }
    static std::string answer(const wire::NativeAdmit& admit)
    {
        const bool may = admit.mechanism == "webauthn" && admit.client == "192.0.2.7" && admit.realm == "CAMPUS" &&
                         admit.service == "web";
        return wire::format_native_verdict(
            admit.id, may ? Verdict::granted(person_named(admit.login)) : Verdict::refused(Reason::admit_not_allowed),
            {}, wire::NativeDetail::people);
    }
    std::string answer(const wire::NativeCount& count)
    {
        counts_[count.key] += count.n;
        return wire::format_native_result(count.id, {{"count", counts_[count.key]}});
    }
    std::string answer(const wire::NativeKeep& keep)
    {
        if (keep.bytes)
            kept_[keep.key] = keep.bytes->view();
        const auto found = kept_.find(keep.key);
        boost::json::value bytes;
        if (found != kept_.end() && !found->second.empty())
            bytes = text::base64({reinterpret_cast<const std::uint8_t*>(found->second.data()), found->second.size()});
        return wire::format_native_result(keep.id, {{"bytes", bytes}});
    }
    static std::string answer(const wire::NativeMint& mint)
    {
        if (mint.grant != "g" || mint.service != "imap")
            return wire::format_native_error(mint.id, "this grant is not known, or not any more");
        return wire::format_native_result(mint.id, {{"secret", "ghs1.x." + mint.store}});
    }
    template <class Other>
    static std::string answer(const Other& other)
    {
        return wire::format_native_error(other.id, "not here");
    }

    std::map<std::string, std::uint64_t> counts_;
    std::map<std::string, std::string> kept_;
};

struct Campus {
    template <class T>
    T await(Awaitable<T> call)
    {
        std::optional<T> out;
        start(std::move(call), out);
        while (!out)
            io.run_one();
        return std::move(*out);
    }
    template <class T>
    void start(Awaitable<T> call, std::optional<T>& out)
    {
        asio::co_spawn(
            io,
            [](Awaitable<T> inner, std::optional<T>& to) -> Awaitable<void> {
                to.emplace(co_await std::move(inner));
            }(std::move(call), out),
            asio::detached);
    }
    static Deadline soon() { return Clock::now() + 2s; }

    ScratchFolder folder;
    std::string socket = (folder.path / "native").string();
    asio::io_context io;
    Authd authd{io, {.socket = socket}};
};

/// Answers each watch with these results.
NativePeer::Serve telling(std::vector<boost::json::object> results)
{
    return [results = std::move(results)](NativePeer::Session& session, const wire::NativeRequest& request) {
        if (const auto* watch = std::get_if<wire::NativeWatch>(&request))
            for (const boost::json::object& result : results)
                session.send(wire::format_native_result(watch->id, result));
    };
}

} // namespace

TEST_CASE("the client finds people, and tells nobody from an error", "[unit]")
{
    Campus campus;
    const NativePeer peer(campus.socket, Registry());
    const auto alice = campus.await(campus.authd.find("alice", Campus::soon(), "CAMPUS"));
    REQUIRE(alice.value().person.value().name == "alice");
    const auto nobody = campus.await(campus.authd.find("alice", Campus::soon()));
    REQUIRE_FALSE(nobody.value().person.has_value());
    REQUIRE(nobody->reason == "unknown-person");
}

TEST_CASE("the client admits whom its program has proved", "[unit]")
{
    Campus campus;
    const NativePeer peer(campus.socket, Registry());
    const auto admit = [&](std::string mechanism) {
        return campus.await(campus.authd.admit({.service = "web",
                                                .mechanism = std::move(mechanism),
                                                .login = "alice",
                                                .address = "192.0.2.7",
                                                .realm = "CAMPUS"},
                                               Campus::soon()));
    };
    REQUIRE(admit("webauthn").value().person.value().name == "alice");
    REQUIRE(admit("none").value().outcome == Answer::Outcome::denied);
}

TEST_CASE("the client counts and keeps", "[unit]")
{
    Campus campus;
    const NativePeer peer(campus.socket, Registry());
    REQUIRE(campus.await(campus.authd.count("sent", 60s, 3, Campus::soon())).value() == 3);
    REQUIRE(campus.await(campus.authd.count("sent", 60s, 0, Campus::soon())).value() == 3);
    REQUIRE(campus.await(campus.authd.count("sent", -1s, 1, Campus::soon())).error().kind == ErrorKind::invalid);

    const std::string bytes("\0\xff", 2);
    REQUIRE_FALSE(campus.await(campus.authd.kept("k", Campus::soon())).value().has_value());
    REQUIRE(campus.await(campus.authd.keep("k", secret(bytes), Campus::soon())).has_value());
    REQUIRE(campus.await(campus.authd.kept("k", Campus::soon())).value() == bytes);
    REQUIRE(campus.await(campus.authd.keep("k", Secret{}, Campus::soon())).has_value());
    REQUIRE_FALSE(campus.await(campus.authd.kept("k", Campus::soon())).value().has_value());
}

TEST_CASE("an answer to another question is none", "[unit]")
{
    Campus campus;
    const NativePeer peer(campus.socket, [](NativePeer::Session& session, const wire::NativeRequest& request) {
        std::visit([&](const auto& one) { session.send(wire::format_native_result(one.id, {{"uptime_s", 7}})); },
                   request);
    });
    REQUIRE(campus.await(campus.authd.find("alice", Campus::soon())).error().kind == ErrorKind::invalid);
    REQUIRE(campus.await(campus.authd.count("k", 60s, 1, Campus::soon())).error().kind == ErrorKind::invalid);
    REQUIRE(campus.await(campus.authd.kept("k", Campus::soon())).error().kind == ErrorKind::invalid);
    REQUIRE(campus.await(campus.authd.admit({.service = "web", .mechanism = "m", .login = "a"}, Campus::soon()))
                .error()
                .kind == ErrorKind::invalid);
}

TEST_CASE("a watch brings its news in order, on a connection of its own", "[unit]")
{
    Campus campus;
    const NativePeer peer(campus.socket, telling({{{"begin", true}},
                                                  {{"person", wire::native_person_in_full(person_named("alice"))}},
                                                  {{"complete", true}},
                                                  {{"live", true}},
                                                  {{"gone", "6d0c"}}}));
    Authd::Watch watch(campus.authd, "CAMPUS");
    const auto next = [&] { return campus.await(watch.next(Campus::soon())).value().what; };
    REQUIRE(std::holds_alternative<NativeNews::Begin>(next()));
    REQUIRE(std::get<Person>(next()).name == "alice");
    REQUIRE(std::holds_alternative<NativeNews::Complete>(next()));
    REQUIRE(std::get<NativeNews::Live>(next()).live);
    REQUIRE(std::get<NativeNews::Gone>(next()).id == "6d0c");
    REQUIRE(peer.connections == 1);
}

TEST_CASE("a watch that is refused, lost or told nonsense stays ended", "[unit]")
{
    for (const std::string_view how : {"refused", "lost", "nonsense"}) {
        CAPTURE(how);
        Campus campus;
        const NativePeer peer(campus.socket, [&](NativePeer::Session& session, const wire::NativeRequest& request) {
            const auto id = std::get<wire::NativeWatch>(request).id;
            if (how == "lost")
                return session.end();
            session.send(how == "refused" ? wire::format_native_error(id, "not here")
                                          : wire::format_native_result(id, {{"uptime_s", 7}}));
        });
        Authd::Watch watch(campus.authd, "CAMPUS");
        const auto ended = campus.await(watch.next(Campus::soon()));
        REQUIRE(ended.error().kind == (how == "lost" ? ErrorKind::unavailable : ErrorKind::invalid));
        REQUIRE(campus.await(watch.next(Campus::soon())).error().kind == ErrorKind::unavailable);
        REQUIRE(peer.requests == 1);
    }
}

TEST_CASE("a watch may end while it waits, and leaves the loop nothing to do", "[unit]")
{
    Campus campus;
    const NativePeer peer(campus.socket, telling({}));
    std::optional<Result<NativeNews>> news;
    {
        Authd::Watch watch(campus.authd, "CAMPUS");
        campus.start(watch.next(Campus::soon()), news);
        campus.io.run_for(50ms);
        REQUIRE_FALSE(news.has_value());
    }
    campus.io.run(); // returns
    REQUIRE(news->error().kind == ErrorKind::unavailable);
}

TEST_CASE("a watch of an authd that is away or mute ends at its deadline", "[unit]")
{
    Campus campus;
    {
        Authd::Watch watch(campus.authd, "CAMPUS");
        REQUIRE(campus.await(watch.next(Clock::now() + 100ms)).error().kind == ErrorKind::unavailable);
    }
    const NativePeer mute(campus.socket, telling({}), "");
    Authd::Watch watch(campus.authd, "CAMPUS");
    REQUIRE(campus.await(watch.next(Clock::now() + 100ms)).error().kind == ErrorKind::deadline);
}

TEST_CASE("mint brings a store secret, or why there is none", "[unit]")
{
    Campus campus;
    const NativePeer peer(campus.socket, Registry());
    const auto secret = campus.await(campus.authd.mint("g", "imap", "imap1.campus.example", Campus::soon()));
    REQUIRE(secret.value().view() == "ghs1.x.imap1.campus.example");
    const auto none = campus.await(campus.authd.mint("other", "imap", "imap1.campus.example", Campus::soon()));
    REQUIRE(none.error().kind == ErrorKind::invalid);
    REQUIRE(none.error().text.contains("grant"));
}
