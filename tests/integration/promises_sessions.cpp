// Sessions that a program keeps open end within two seconds when their person may no longer log in.
#include "client/authd.hpp"
#include "client/blocking_authd.hpp"
#include "support/changes.hpp"
#include "support/clients.hpp"
#include "support/eventually.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <csignal>
#include <iostream>
#include <list>
#include <optional>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
constexpr auto promise = promised(2s);

std::string edge_listener(const std::string& name)
{
    return "  - name: edge\n    door: native\n    may_hold_sessions: true\n    may_assert_address: true\n"
           "    services: [imap, staff-only]\n    socket: {path: " +
           (Lab::current().folder() / "faults" / name / "edge").string() + ", mode: \"0666\"}\n";
}

struct Campus {
    explicit Campus(const std::string& name)
        : authd(name, {.realms = joined_realm(),
                       .listeners = edge_listener(name),
                       .services = "  staff-only: {allow_groups: [staff]}\n"})
    {
        live();
    }
    void live() const
    {
        REQUIRE(eventually(20s, [&] { return feed_is_live(authd); }));
    }
    std::int64_t open_sessions() const
    {
        return authd.status().at("sessions").as_object().at("open").to_number<std::int64_t>();
    }
    void stop()
    {
        authd.process().signal(SIGTERM);
        REQUIRE(eventually(10s, [&] { return !authd.process().running(); }));
    }

    OwnAuthd authd;
};

/// A program that keeps sessions open: one connection to authd.
class Edge
{
public:
    explicit Edge(const Campus& campus) : authd_(io_, {.socket = campus.authd.door("edge").path.string()}) {}

    void hold(const Person& person, const std::string& service = "imap")
    {
        holds_.emplace_back(authd_,
                            client::HeldSession{.realm = person.realm,
                                                .person = person.id,
                                                .name = person.name,
                                                .service = service,
                                                .address = "192.0.2.1",
                                                .store = "imap1"},
                            [this](const std::string& reason, const std::string&) { ended_.push_back(reason); });
    }
    void log_out_last() { holds_.pop_back(); }
    void run() { io_.run_for(1ms); }
    const std::vector<std::string>& ended() const { return ended_; }

private:
    boost::asio::io_context io_;
    client::Authd authd_;
    std::list<client::Authd::Hold> holds_;
    std::vector<std::string> ended_;
};

/// Three sessions of one person on two connections, and one of another who stays.
struct Edges {
    Edges(const Campus& with, const TestPerson& person, const std::string& service = "imap")
        : campus(with), one(with), other(with)
    {
        // Until the mirror has heard of her, and of her groups.
        std::optional<Person> mona;
        REQUIRE(
            eventually(10s, [&] { return (mona = log_in(service, person.name(), person.password())).has_value(); }));
        const auto alice = log_in(service, "alice", Lab::current().people().named("alice").password);
        REQUIRE(alice);
        one.hold(*mona, service);
        one.hold(*mona, service);
        other.hold(*mona, service);
        other.hold(*alice, service);
        REQUIRE(until(10s, [&] { return campus.open_sessions() == 4; }));
    }

    std::optional<Person> log_in(const std::string& service, const std::string& login,
                                 const std::string& password) const
    {
        client::BlockingAuthd door(campus.authd.door("native").path.string());
        const auto answer = door.authenticate({.service = service, .login = login, .password = secret(password)},
                                              std::chrono::steady_clock::now() + 30s);
        return answer ? answer->person : std::nullopt;
    }
    template <class Condition>
    bool until(std::chrono::milliseconds limit, Condition condition)
    {
        return eventually(limit, [&] {
            one.run();
            other.run();
            return condition();
        });
    }
    void all_end(const std::string& what, const std::function<WallTime()>& make, const std::string& reason,
                 std::chrono::milliseconds limit = promise)
    {
        const WallTime made = make();
        REQUIRE(until(60s, [&] { return one.ended().size() + other.ended().size() >= 3; }));
        const auto took = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now() - made);
        std::cout << "sessions: " << what << ": all three end after " << took.count() << " ms\n";
        CHECK(took <= limit);
        CHECK(one.ended() == std::vector<std::string>{reason, reason});
        CHECK(other.ended() == std::vector<std::string>{reason});
        CHECK(campus.open_sessions() == 1); // alice goes on
    }

    const Campus& campus;
    Edge one;
    Edge other;
};
} // namespace

TEST_CASE("sessions: disabled", "[openldap][active-directory]")
{
    const Campus campus("sessions-disabled");
    const TestPerson mona("mona");
    Edges edges(campus, mona);
    edges.all_end("disabled", [&] { return mona.change("disable"); }, "account-disabled");
}

TEST_CASE("sessions: locked", "[openldap][active-directory]")
{
    const Campus campus("sessions-locked");
    const TestPerson mona("mona");
    Edges edges(campus, mona);
    edges.all_end("locked", [&] { return mona.change("lock"); }, "account-locked");
}

TEST_CASE("sessions: deleted", "[openldap][active-directory]")
{
    const Campus campus("sessions-deleted");
    const TestPerson mona("mona");
    Edges edges(campus, mona);
    edges.all_end("deleted", [&] { return mona.change("delete"); }, "unknown-person");
}

TEST_CASE("sessions: out of the group on which admission depends", "[openldap][active-directory]")
{
    const Campus campus("sessions-group");
    const TestPerson mona("mona");
    mona.join("team-a"); // of the staff, three nestings deep
    Edges edges(campus, mona, "staff-only");
    edges.all_end("out of the group", [&] { return mona.leave("team-a"); }, "not-admitted");
}

TEST_CASE("sessions: the account expires, which nobody writes", "[openldap][active-directory]")
{
    const Campus campus("sessions-expired");
    const TestPerson mona("mona");
    Edges edges(campus, mona);
    // The clock is looked at every five seconds.
    edges.all_end("expired", [&] { return mona.change("expire-in", "6") + 6s; }, "account-expired", 5s + promise);
}

TEST_CASE("sessions: listed, kicked and ended by the program", "[openldap][active-directory]")
{
    const Campus campus("sessions-kick");
    const TestPerson mona("mona");
    Edges edges(campus, mona);
    const Output listed = campus.authd.authctl({"--json", "sessions", "CAMPUS\\mona"});
    const auto sessions = boost::json::parse(listed.out).at("sessions").as_array();
    REQUIRE(sessions.size() == 3);
    const auto& first = sessions.front().as_object();
    CHECK(first.at("name") == "mona");
    CHECK(first.at("service") == "imap");
    CHECK(first.at("client") == "192.0.2.1");
    CHECK(first.at("store") == "imap1");
    CHECK(first.at("listener") == "edge");
    CHECK(campus.authd.authctl({"sessions"}).out.find("CAMPUS\\alice") != std::string::npos);

    edges.all_end(
        "kicked",
        [&] {
            const WallTime now = std::chrono::system_clock::now();
            CHECK(campus.authd.authctl({"--json", "kick", "mona@campus.example"}).out ==
                  "{\"name\":\"mona\",\"ended\":3}\n");
            return now;
        },
        "kicked");
    CHECK(campus.authd.authctl({"kick", "mona"}).out == "mona: sessions ended: 0\n");
    CHECK(campus.authd.authctl({"kick", "nobody-here"}).status == 1);
    edges.other.log_out_last();
    REQUIRE(edges.until(5s, [&] { return campus.open_sessions() == 0; }));
    CHECK(campus.authd.log().find("kick: mona (CAMPUS): 3 sessions") != std::string::npos);
}

TEST_CASE("sessions: after authd's restart a program is told who was disabled meanwhile, and the others go on",
          "[openldap][active-directory]")
{
    Campus campus("sessions-restart");
    const TestPerson mona("mona");
    Edges edges(campus, mona);
    campus.stop();
    mona.change("disable");
    CHECK_FALSE(edges.until(1s, [&] { return !edges.one.ended().empty() || !edges.other.ended().empty(); }));
    campus.authd.start_again();
    edges.all_end(
        "authd is back after a restart in which she was disabled", [] { return std::chrono::system_clock::now(); },
        "account-disabled", 10s);
}

TEST_CASE("sessions: an outage of the directory ends nobody's", "[openldap]")
{
    const Campus campus("sessions-outage");
    const TestPerson mona("mona");
    Edges edges(campus, mona);
    Lab::current().must("slapd", {"down"});
    const bool noticed = eventually(20s, [&] { return !feed_is_live(campus.authd); });
    const bool ended = edges.until(7s, [&] { return !edges.one.ended().empty() || !edges.other.ended().empty(); });
    Lab::current().must("slapd", {"up"});
    CHECK(noticed);
    CHECK_FALSE(ended);
    campus.live();
    CHECK(campus.open_sessions() == 4);
    edges.all_end("disabled after an outage", [&] { return mona.change("disable"); }, "account-disabled");
}

TEST_CASE("sessions: who may not begin one is told so, and a listener without the right holds none", "[openldap]")
{
    const Campus campus("sessions-refused");
    const auto told = [](Edge& edge) {
        return eventually(5s, [&] {
            edge.run();
            return !edge.ended().empty();
        });
    };
    Person nobody;
    nobody.realm = "CAMPUS";
    nobody.id = "00000000-0000-0000-0000-000000000000";
    nobody.name = "nobody-here";
    Edge edge(campus);
    edge.hold(nobody);
    REQUIRE(told(edge));
    CHECK(edge.ended().front() == "unknown-person");
    Edge elsewhere(campus);
    nobody.realm = "ELSEWHERE";
    elsewhere.hold(nobody);
    REQUIRE(told(elsewhere));
    CHECK(elsewhere.ended().front() == "unknown-realm");
    Edge smtp(campus);
    smtp.hold(nobody, "smtp");
    REQUIRE(told(smtp));
    CHECK(smtp.ended().front() == "service-not-allowed");
    CHECK(campus.open_sessions() == 0);

    boost::asio::io_context io;
    client::Authd native(io, {.socket = campus.authd.door("native").path.string()});
    bool ended = false;
    const client::Authd::Hold hold(native, {.realm = "CAMPUS", .person = "1", .name = "alice", .service = "imap"},
                                   [&](const std::string&, const std::string&) { ended = true; });
    io.run_for(500ms);
    CHECK_FALSE(ended);
    CHECK(campus.open_sessions() == 0);
    CHECK(campus.authd.counter("native", "protocol_errors") == 1);
}

} // namespace gatehouse::integration
