#include "client/gatehouse.h"
#include "native_peer.hpp"

#include <catch2/catch.hpp>

#include <cstring>
#include <memory>

#include <sys/wait.h>

using namespace gatehouse;
using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace
{

struct Campus {
    Campus() : handle(gh_open(socket().c_str()), gh_close) {}
    std::string socket() const { return (folder.path / "native").string(); }

    gh_verdict ask(const char* login, std::string_view password, int timeout_ms = 3000)
    {
        return gh_authenticate(handle.get(), "ftp", login, password.data(), password.size(), "192.0.2.1", timeout_ms,
                               &answer);
    }

    ScratchFolder folder;
    std::unique_ptr<gh_handle, void (*)(gh_handle*)> handle;
    const gh_answer* answer = nullptr;
};

} // namespace

TEST_CASE("C programs get the three verdicts and the person", "[unit]")
{
    Campus campus;
    const NativePeer peer(campus.socket(), [](NativePeer::Session& session, wire::NativeRequest request) {
        auto& asked = std::get<wire::NativeAuthenticate>(request);
        if (asked.service != "ftp" || asked.client != "192.0.2.1")
            return session.end();
        if (asked.password.view() != "right")
            return session.send(judge(asked));
        Person person = person_named(asked.login);
        person.groups = {{"staff", {}, {}}, {"lab", {}, {}}};
        session.send(wire::format_native_verdict(
            asked.id, Verdict::granted(person, WallTime(std::chrono::seconds(1'900'000'000))), {},
            wire::NativeDetail::people));
    });
    REQUIRE(campus.ask("alice", "right") == GH_GRANTED);
    REQUIRE(campus.answer->mailbox == std::string("alice"));
    REQUIRE(campus.answer->realm == std::string("CAMPUS"));
    REQUIRE(campus.answer->group_count == 2);
    REQUIRE(campus.answer->groups[1] == std::string("lab"));
    REQUIRE(campus.answer->valid_until == 1'900'000'000);
    REQUIRE(campus.ask("alice", "wrong") == GH_DENIED);
    REQUIRE(campus.answer->text == std::string("login failed"));
    REQUIRE(campus.answer->name[0] == '\0'); // nothing of the person before
    REQUIRE(campus.answer->group_count == 0);
    REQUIRE(campus.ask("alice", "outage") == GH_UNAVAILABLE);
    REQUIRE(campus.answer->valid_until == 0);
    REQUIRE(peer.connections == 1);
}

TEST_CASE("a password of any bytes arrives whole through the C face", "[unit]")
{
    Campus campus;
    std::string password(65'535, '\0');
    for (std::size_t i = 0; i < password.size(); ++i)
        password[i] = static_cast<char>(i * 7);
    std::atomic<bool> same{false};
    const NativePeer peer(campus.socket(), [&](NativePeer::Session& session, wire::NativeRequest request) {
        const auto& asked = std::get<wire::NativeAuthenticate>(request);
        same = asked.password.view() == password;
        session.send(judge(asked));
    });
    REQUIRE(campus.ask("alice", password) == GH_DENIED);
    REQUIRE(same);
}

TEST_CASE("a C program without authd gets a temporary failure and the reason", "[unit]")
{
    Campus campus;
    REQUIRE(campus.ask("alice", "right") == GH_UNAVAILABLE);
    REQUIRE(std::strstr(campus.answer->detail, campus.socket().c_str()) != nullptr);
    REQUIRE(campus.answer->text == std::string("logins are temporarily unavailable"));
    REQUIRE(gh_authenticate(nullptr, "ftp", "alice", "x", 1, nullptr, 100, &campus.answer) == GH_UNAVAILABLE);
    REQUIRE(gh_authenticate(campus.handle.get(), "ftp", nullptr, "x", 1, nullptr, 100, nullptr) == GH_UNAVAILABLE);
}

TEST_CASE("a C program's call ends at its timeout, and the late answer is not the next call's", "[unit]")
{
    Campus campus;
    const NativePeer peer(campus.socket(), [](NativePeer::Session& session, wire::NativeRequest request) {
        const auto& asked = std::get<wire::NativeAuthenticate>(request);
        if (asked.login == "slow")
            std::this_thread::sleep_for(400ms);
        session.send(judge(asked));
    });
    const auto began = Clock::now();
    REQUIRE(campus.ask("slow", "right", 100) == GH_UNAVAILABLE);
    REQUIRE(Clock::now() - began < 350ms);
    REQUIRE(campus.ask("bob", "wrong") == GH_DENIED);
}

TEST_CASE("a C program notices that authd was restarted before it sends a password", "[unit]")
{
    Campus campus;
    auto peer = std::make_unique<NativePeer>(campus.socket(), judging());
    REQUIRE(campus.ask("alice", "right") == GH_GRANTED);
    peer.reset();
    peer = std::make_unique<NativePeer>(campus.socket(), judging());
    REQUIRE(campus.ask("alice", "right") == GH_GRANTED);
    peer.reset();
    REQUIRE(campus.ask("alice", "right") == GH_UNAVAILABLE);
}

TEST_CASE("a connection that ends before the answer is a temporary failure", "[unit]")
{
    Campus campus;
    const NativePeer peer(campus.socket(), [](NativePeer::Session& session, wire::NativeRequest) { session.end(); });
    REQUIRE(campus.ask("alice", "wrong") == GH_UNAVAILABLE);
    REQUIRE(peer.requests == 1); // sent once, not repeated
}

TEST_CASE("after a fork parent and child each have a connection of their own", "[unit]")
{
    Campus campus;
    const NativePeer peer(campus.socket(), judging());
    REQUIRE(campus.ask("alice", "right") == GH_GRANTED);
    REQUIRE(peer.connections == 1);
    const pid_t child = ::fork();
    if (child == 0) {
        const bool granted = campus.ask("bob", "right") == GH_GRANTED && std::strcmp(campus.answer->name, "bob") == 0;
        const bool denied = campus.ask("bob", "wrong") == GH_DENIED;
        ::_exit(granted && denied ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    REQUIRE(peer.connections == 2);
    REQUIRE(campus.ask("alice", "right") == GH_GRANTED);
    REQUIRE(peer.connections == 2); // the parent's own was left alone
}

TEST_CASE("C programs have people admitted whom they proved, and learn in one word why not", "[unit]")
{
    Campus campus;
    const NativePeer peer(campus.socket(), [](NativePeer::Session& session, wire::NativeRequest request) {
        const auto& asked = std::get<wire::NativeAdmit>(request);
        const bool whole = asked.service == "imap" && asked.mechanism == "GSSAPI" && asked.client == "192.0.2.1" &&
                           asked.realm == (asked.login == "alice" ? "CAMPUS" : "");
        const Verdict verdict = !whole                     ? Verdict::refused(Reason::internal)
                                : asked.login == "alice"   ? Verdict::granted(person_named("alice"))
                                : asked.login == "carol@R" ? Verdict::refused(Reason::account_disabled)
                                                           : Verdict::refused(Reason::unknown_person);
        session.send(wire::format_native_verdict(asked.id, verdict, {}, wire::NativeDetail::people));
    });
    const auto admit = [&](const char* login, const char* realm) {
        return gh_admit(campus.handle.get(), "imap", "GSSAPI", login, realm, "192.0.2.1", 3000, &campus.answer);
    };
    REQUIRE(admit("alice", "CAMPUS") == GH_GRANTED);
    REQUIRE(campus.answer->mailbox == std::string("alice"));
    REQUIRE(campus.answer->told == std::string());
    REQUIRE(admit("carol@R", nullptr) == GH_DENIED);
    REQUIRE(campus.answer->told == std::string("account-disabled"));
    REQUIRE(campus.answer->mailbox[0] == '\0');
    REQUIRE(admit("mallory", nullptr) == GH_DENIED);
    REQUIRE(campus.answer->told == std::string());
    REQUIRE(admit("alice", nullptr) == GH_UNAVAILABLE);
    REQUIRE(admit(nullptr, nullptr) == GH_UNAVAILABLE);
    REQUIRE(gh_admit(nullptr, "imap", "GSSAPI", "alice", nullptr, nullptr, 3000, nullptr) == GH_UNAVAILABLE);
}

TEST_CASE("C programs learn who is meant by a name, with addresses and groups", "[unit]")
{
    Campus campus;
    const NativePeer peer(campus.socket(), [](NativePeer::Session& session, wire::NativeRequest request) {
        const auto& asked = std::get<wire::NativeFind>(request);
        if (asked.login == "forbidden")
            return session.send(wire::format_native_error(asked.id, "this listener does not take such requests"));
        if (asked.login != "Alice@campus.example" || asked.realm != "CAMPUS")
            return session.send(
                wire::format_native_result(asked.id, {{"person", nullptr}, {"reason", "unknown-person"}}));
        Person person = person_named("alice");
        person.addresses = {"alice@campus.example", "a.liddell@campus.example"};
        person.groups = {{"staff", {}, {}}};
        session.send(wire::format_native_result(
            asked.id, {{"person", wire::native_person_in_full(person)}, {"reason", "granted"}}));
    });
    const auto find = [&](const char* login) {
        return gh_find(campus.handle.get(), login, "CAMPUS", 3000, &campus.answer);
    };
    REQUIRE(find("Alice@campus.example") == GH_FOUND);
    REQUIRE(campus.answer->mailbox == std::string("alice"));
    REQUIRE(campus.answer->address_count == 2);
    REQUIRE(campus.answer->addresses[1] == std::string("a.liddell@campus.example"));
    REQUIRE(campus.answer->group_count == 1);
    REQUIRE(campus.answer->groups[0] == std::string("staff"));
    REQUIRE(find("bob") == GH_NOBODY);
    REQUIRE(campus.answer->told == std::string("unknown-person"));
    REQUIRE(campus.answer->address_count == 0);
    REQUIRE(find("forbidden") == GH_NOT_KNOWN);
    REQUIRE(std::strstr(campus.answer->detail, "does not take such requests") != nullptr);
    REQUIRE(find(nullptr) == GH_NOT_KNOWN);
}

TEST_CASE("a name that C would cut at a NUL logs in nobody", "[unit]")
{
    Campus campus;
    const NativePeer peer(campus.socket(), [](NativePeer::Session& session, wire::NativeRequest request) {
        Person person = person_named(std::string("root\0er", 7));
        session.send(wire::format_native_verdict(std::get<wire::NativeAuthenticate>(request).id,
                                                 Verdict::granted(person), {}, wire::NativeDetail::people));
    });
    REQUIRE(campus.ask("rooter", "right") == GH_UNAVAILABLE);
    REQUIRE(campus.answer->name[0] == '\0');
}
