// Logins at the stores behind the edge, as only the edge can show them: a store that refuses, is away, hangs or talks
// nonsense; authd away; and what is audited. How a store secret itself can be misused is in store_secrets_test.cpp.
#include "edge_own.hpp"
#include "support/eventually.hpp"
#include "support/mail_clients.hpp"
#include "support/own_authd.hpp"
#include "support/stopped.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

using namespace std::chrono_literals;
using Catch::Matchers::StartsWith;

namespace
{
/// Everybody's mail is at one store.
std::function<void(std::string&)> with_store(const std::string& name, const std::string& imap, const std::string& pop3)
{
    return [=](std::string& yaml) {
        replace_section(yaml, "stores", "  - {name: " + name + ", imap: " + imap + ", pop3: " + pop3 + "}\n");
        replace_section(yaml, "placement", "  - {by: everyone, stores: [" + name + "]}\n");
    };
}

} // namespace

TEST_CASE("a login is one audit line at the edge and one at the store", "[edge-attacks]")
{
    const AuditFile audit = Lab::current().audit();
    SECTION("IMAP")
    {
        CHECK_THAT(imap_login_answer(at_edge("imaps"), "alice"), StartsWith("a OK"));
    }
    SECTION("POP3")
    {
        CHECK_THAT(pop3_login_answer(at_edge("pop3s"), "alice"), StartsWith("+OK"));
    }
    const auto edge = audited_by(audit, "edge");
    const auto store = audited_by(audit, "cyrus");
    REQUIRE(edge.size() == 1);
    REQUIRE(store.size() == 1);
    for (const AuditLine& line : {edge.front(), store.front()}) {
        CHECK(line["name"] == "alice");
        CHECK(line["reason"] == "granted");
    }
    CHECK(edge.front()["client"] == "127.0.0.1");
    CHECK(edge.front()["service"] == store.front()["service"]);
}

TEST_CASE("a submission is one audit line: Postfix believes the edge", "[edge-attacks]")
{
    const AuditFile audit = Lab::current().audit();
    CHECK_THAT(submission_login_answer(at_edge("submissions"), "alice"), StartsWith("235 "));
    const auto lines = audit.settled();
    REQUIRE(lines.size() == 1);
    CHECK(lines.front()["listener"] == "edge");
    CHECK(lines.front()["service"] == "smtp");
}

TEST_CASE("a store that refuses the secret is an outage, not a wrong password", "[edge-attacks]")
{
    // Cyrus's authd knows that store by another name, and takes no secret that was made for this one.
    OwnEdge edge(with_store("other.campus.example", quoted_place("imap"), quoted_place("pop3")));
    const AuditFile audit = Lab::current().audit();
    CHECK_THAT(imap_login_answer(edge.place("imaps"), "alice"), StartsWith("a NO [UNAVAILABLE]"));
    CHECK_THAT(pop3_login_answer(edge.place("pop3s"), "alice"), StartsWith("-ERR [SYS/TEMP]"));
    for (const AuditLine& line : audited_by(audit, "edge"))
        CHECK(line["reason"] == "granted");
    const auto refused = audited_by(audit, "cyrus");
    REQUIRE(refused.size() == 2);
    for (const AuditLine& line : refused)
        CHECK(line["verdict"] == "denied");
    CHECK(edge.log().contains("other.campus.example (imap): it refuses the login"));
}

TEST_CASE("a store that is away is an outage", "[edge-attacks]")
{
    OwnEdge edge([](std::string& yaml) {
        with_store("cyrus.campus.example", quoted_place("ftp"),
                   quoted_place("ftp"))(yaml); // nobody listens there in this lab
        replace_section(yaml, "submission", "  - {server: " + quoted_place("ftp") + "}\n");
    });
    for (int i = 0; i < 3; ++i) {
        CHECK_THAT(imap_login_answer(edge.place("imaps"), "alice"), StartsWith("a NO [UNAVAILABLE]"));
        CHECK_THAT(pop3_login_answer(edge.place("pop3s"), "alice"), StartsWith("-ERR [SYS/TEMP]"));
        CHECK_THAT(submission_login_answer(edge.place("submissions"), "alice"), StartsWith("454 "));
    }
    CHECK(edge.log().contains("cyrus.campus.example (imap): 127.0.0.1:"));
}

TEST_CASE("a store that talks nonsense is an outage", "[edge-attacks]")
{
    OwnEdge edge([](std::string& yaml) {
        with_store("cyrus.campus.example", quoted_place("smtp"), quoted_place("imap"))(yaml);
        replace_section(yaml, "submission", "  - {server: " + quoted_place("pop3") + "}\n");
    });
    CHECK_THAT(imap_login_answer(edge.place("imaps"), "alice"), StartsWith("a NO [UNAVAILABLE]"));
    CHECK_THAT(pop3_login_answer(edge.place("pop3s"), "alice"), StartsWith("-ERR [SYS/TEMP]"));
    CHECK_THAT(submission_login_answer(edge.place("submissions"), "alice"), StartsWith("454 "));
}

TEST_CASE("a store that hangs holds up nobody of another store", "[edge-attacks]")
{
    OwnEdge edge([](std::string& yaml) {
        // alice's is at the first one: the directory says so
        replace_section(yaml, "placement",
                        "  - {by: mail-host}\n  - {by: everyone, stores: [cyrus-2.campus.example]}\n");
        yaml += "limits: {store: 2s}\n";
    });
    REQUIRE(imap_login_answer(edge.place("imaps"), "bob").starts_with("a OK"));
    {
        const Stopped stopped("cyrus-2");
        TlsConnection bob(edge.place("imaps"));
        bob.begin_tls();
        (void)bob.read_line();
        bob.send(login_command("bob"));
        std::string answer;
        CHECK(time_of([&] { answer = imap_login_answer(edge.place("imaps"), "alice"); }) < promised(1s));
        CHECK(answer.starts_with("a OK"));
        CHECK(time_of([&] { answer = bob.read_until("a "); }) < promised(4s));
        CHECK(answer.starts_with("a NO [UNAVAILABLE]"));
        CHECK_THAT(pop3_login_answer(edge.place("pop3s"), "bob"), StartsWith("-ERR [SYS/TEMP]"));
    }
    CHECK(eventually(10s, [&] { return imap_login_answer(edge.place("imaps"), "bob").starts_with("a OK"); }));
}

TEST_CASE("a group's people are at the group's store", "[edge-attacks]")
{
    OwnEdge edge([](std::string& yaml) {
        replace_section(yaml, "placement",
                        "  - {by: group, group: 'CAMPUS\\students', stores: [cyrus-2.campus.example]}\n"
                        "  - {by: everyone, stores: [cyrus.campus.example]}\n");
    });
    const AuditFile audit = Lab::current().audit();
    CHECK_THAT(imap_login_answer(edge.place("imaps"), "alice"), StartsWith("a OK"));
    CHECK_THAT(imap_login_answer(edge.place("imaps"), "bob"), StartsWith("a OK"));
    const auto of_everyone = audited_by(audit, "cyrus");
    const auto of_students = audited_by(audit, "cyrus-2");
    REQUIRE(of_everyone.size() == 1);
    CHECK(of_everyone.front()["name"] == "alice");
    REQUIRE(of_students.size() == 1);
    CHECK(of_students.front()["name"] == "bob");
}

TEST_CASE("authd away is an outage, never a wrong password, and is over when it is back", "[edge-attacks]")
{
    const Lab& lab = Lab::current();
    const std::filesystem::path door = lab.folder() / "faults/edge/for-edge";
    OwnAuthd authd(
        "edge",
        {.realms = lab.realms_yaml(),
         .listeners = "  - name: for-edge\n    door: native\n    socket: {path: " + door.string() +
                      ", mode: \"0666\"}\n    services: [imap, pop, smtp, sieve]\n    may_open_stores: true\n"
                      "    may_assert_address: true\n    may_hold_sessions: true\n",
         .more = "store_secrets: {key_files: [" + (lab.folder() / "authd/secrets/store-key").string() + "]}\n"});
    OwnEdge edge([&](std::string& yaml) {
        const std::size_t at = yaml.find("\nauthd: ") + 1;
        yaml.replace(at, yaml.find('\n', at) - at, "authd: " + door.string());
    });
    REQUIRE(imap_login_answer(edge.place("imaps"), "alice").starts_with("a OK"));
    TlsConnection session = imap_session(edge.place("imaps"), "alice");
    authd.process().signal(SIGTERM);
    REQUIRE(eventually(20s, [&] { return !authd.process().running(); }));
    CHECK_THAT(imap_login_answer(edge.place("imaps"), "alice"), StartsWith("a NO [UNAVAILABLE]"));
    CHECK_THAT(imap_login_answer(edge.place("imaps"), "alice", "wrong"), StartsWith("a NO [UNAVAILABLE]"));
    CHECK_THAT(pop3_login_answer(edge.place("pop3s"), "alice"), StartsWith("-ERR [SYS/TEMP]"));
    CHECK_THAT(submission_login_answer(edge.place("submissions"), "alice"), StartsWith("454 "));
    CHECK(session.ask("b NOOP").starts_with("b OK")); // who is logged in goes on
    authd.start_again();
    CHECK(eventually(10s, [&] { return imap_login_answer(edge.place("imaps"), "alice").starts_with("a OK"); }));
}

} // namespace gatehouse::integration
