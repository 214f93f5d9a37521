// Sessions at two edges end when their person may no longer log in, and when an administrator says so.
#include "edge_lab.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <future>
#include <iostream>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
constexpr auto promise = promised(2s);

ImapSession session_of(const std::string& name, const std::string& password, int edge = 1)
{
    std::optional<ImapSession> session;
    // Until authd has heard of a new person.
    REQUIRE(eventually(10s, [&] {
        session.emplace(edge_place("imaps", edge));
        return session->log_in(name, password).ok();
    }));
    REQUIRE(session->ask("SELECT INBOX").ok());
    return std::move(*session);
}

std::size_t open_sessions(const std::string& name)
{
    const Output listed = Lab::current().authctl({"--json", "sessions", "CAMPUS\\" + name});
    return boost::json::parse(listed.out).at("sessions").as_array().size();
}

/// Three sessions of one person that IDLE, at two edges, and one of alice.
class Idlers
{
public:
    explicit Idlers(const TestPerson& person) : alice(session_of("alice", Lab::current().person("alice").password))
    {
        for (const int edge : {1, 1, 2})
            sessions_.push_back(session_of(person.name(), person.password(), edge));
        for (ImapSession& session : sessions_)
            session.idle();
        REQUIRE(eventually(5s, [&] { return open_sessions(person.name()) == 3; }));
    }

    /// `make` ends them: each within the promise, with BYE, while alice goes on.
    void all_end(const std::string& what, const std::function<WallTime()>& make)
    {
        std::vector<std::future<ImapSession::End>> ends;
        for (ImapSession& session : sessions_)
            ends.push_back(std::async(std::launch::async, [&session] { return session.read_to_end(); }));
        const WallTime made = make();
        for (auto& end : ends) {
            const ImapSession::End ended = end.get();
            const auto took = std::chrono::floor<std::chrono::milliseconds>(ended.at - made);
            std::cout << "edge: " << what << ": a session ends after " << took.count() << " ms\n";
            CHECK(took <= promise);
            CHECK(ended.said.starts_with("* BYE"));
            CHECK(ended.said.ends_with("\r\n"));
        }
        CHECK(alice.ask("NOOP").ok());
    }

    ImapSession alice;

private:
    std::vector<ImapSession> sessions_;
};
} // namespace

TEST_CASE("edge: three sessions at two edges end with BYE within two seconds of the account's end",
          "[edge-openldap][edge-ad]")
{
    const SecondEdge second;
    const TestPerson mona("mona-idles");
    Idlers idlers(mona);
    idlers.all_end("disabled", [&] { return mona.change("disable"); });
    CHECK(open_sessions(mona.name()) == 0);
    ImapSession again;
    CHECK(again.log_in(mona.name(), mona.password()).status.starts_with("NO [CONTACTADMIN]"));
}

TEST_CASE("edge: sessions are listed with their store, and kicked at every edge", "[edge-openldap][edge-ad]")
{
    const SecondEdge second;
    const TestPerson mona("mona-kicked");
    Idlers idlers(mona);
    const Output listed = Lab::current().authctl({"--json", "sessions", "CAMPUS\\" + mona.name()});
    for (const auto& each : boost::json::parse(listed.out).at("sessions").as_array()) {
        const auto& session = each.as_object();
        CHECK(session.at("service") == "imap");
        CHECK(session.at("store") == "cyrus.campus.example");
        CHECK(session.at("client").as_string() == Lab::current().place("imap").host);
        CHECK(session.at("listener") == "edge");
    }
    idlers.all_end("kicked", [&] {
        const WallTime now = std::chrono::system_clock::now();
        CHECK(Lab::current().authctl({"kick", mona.name()}).out == mona.name() + ": sessions ended: 3\n");
        return now;
    });
}

TEST_CASE("edge: a session under COMPRESS ends without words that its client could not read",
          "[edge-openldap][edge-ad]")
{
    const TestPerson mona("mona-deflates");
    ImapSession session = session_of(mona.name(), mona.password());
    REQUIRE(session.ask("COMPRESS DEFLATE").ok());
    REQUIRE(Lab::current().authctl({"kick", mona.name()}).ok());
    CHECK(session.read_to_end().said.empty());
}

} // namespace gatehouse::integration
