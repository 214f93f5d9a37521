// What authd promises of a domain whose administrators have granted nothing: less, and it says how much.
#include "support/changes.hpp"
#include "support/eventually.hpp"
#include "support/every_door.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <iostream>
#include <thread>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
std::chrono::milliseconds bound_for_deletions(const OwnAuthd& authd)
{
    const auto status = authd.status();
    const auto& feed = status.at("realms").as_array().at(0).as_object().at("feed").as_object();
    return std::chrono::milliseconds(feed.at("bound_for_deletions_ms").as_int64());
}

/// Passwords that the process remembers as good.
std::int64_t remembered(const OwnAuthd& authd)
{
    return authd.status().at("proofs").as_object().at("good").to_number<std::int64_t>();
}

/// What one login is told, and what the audit says of how it was decided.
struct Decision {
    Told told = Told::unavailable;
    std::string source;
    bool old_password_window = false;

    bool operator==(const Decision&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Decision& login)
{
    return out << login.told << " (" << login.source << (login.old_password_window ? ", old_password_window" : "")
               << ')';
}

Decision log_in(const OwnAuthd& authd, const std::string& login, const std::string& password)
{
    const AuditFile audit = authd.audit();
    const Reply reply = native_login(authd.door("native"), "imap", login, password);
    const auto lines = audit.lines();
    REQUIRE(lines.size() == 1);
    return {reply.told, lines.front()["source"],
            lines.front().text().find("\"old_password_window\":true") != std::string::npos};
}

void restart(OwnAuthd& authd)
{
    authd.process().signal(SIGTERM);
    REQUIRE(eventually(10s, [&] { return !authd.process().running(); }));
    authd.start_again();
    REQUIRE(eventually(20s, [&] { return feed_is_live(authd); }));
}
} // namespace

TEST_CASE("promises: without the delegation a deletion holds within the slower bound that the status tells",
          "[active-directory]")
{
    const Undelegated domain;
    const TestPerson mona("mona");
    const OwnAuthd authd("undelegated", {.realms = realm_by_bind() + "      deletions_interval: 3s\n",
                                         .listeners = door_listeners("undelegated")});
    EveryDoor doors(authd);
    doors.ask_userdb_too();
    REQUIRE(eventually(20s, [&] { return feed_is_live(authd); }));
    REQUIRE(eventually(10s, [&] { return doors.all_say(Told::granted, mona.name(), mona.password()); }));
    const auto before = bound_for_deletions(authd);
    CHECK(before >= 5s); // the interval and what other changes take
    CHECK(authd.authctl({"status"}).out.find("delegate.ps1") != std::string::npos);

    mona.change("delete");
    const auto took = doors.all_say_after(std::chrono::steady_clock::now(), Told::denied, mona.name(), mona.password());
    const auto bound = std::max(before, bound_for_deletions(authd)); // a sweep of a busy machine takes longer
    std::cout << "promises: deleted, without the delegation: every door refuses after " << took.count()
              << " ms, the status tells " << bound.count() << " ms\n";
    CHECK(took <= bound);
}

TEST_CASE(
    "promises: by bind alone an old password is refused where authd knows it, else granted, told and not remembered",
    "[active-directory]")
{
    const TestPerson mona("mona");
    mona.change("password-expires-in", "86400"); // so it is an old one: no password came shortly before it
    const std::string before = mona.password();
    const std::string after = "Another-Passw0rd-4711";
    OwnAuthd authd("by-bind", {.realms = realm_by_bind()});
    REQUIRE(eventually(20s, [&] { return feed_is_live(authd); }));
    CHECK(log_in(authd, mona.name(), before) == Decision{Told::granted, "directory"});
    CHECK(log_in(authd, mona.name(), before) == Decision{Told::granted, "proof"});
    std::this_thread::sleep_for(
        1s); // the feed looks after the proof, before the change: so the proof is of the old one

    mona.set_password(after);
    REQUIRE(eventually(5s, [&] { return log_in(authd, mona.name(), before).told == Told::denied; }));
    const Decision known = log_in(authd, mona.name(), before);
    CHECK(known == Decision{Told::denied, "retired-proof"});
    CHECK(log_in(authd, mona.name(), after) == Decision{Told::granted, "directory"});
    CHECK(log_in(authd, mona.name(), after) == Decision{Told::granted, "proof"});

    restart(authd);
    for (const std::string& password : {before, before, after, after}) {
        const Decision unknown = log_in(authd, mona.name(), password);
        std::cout << "promises: after a restart, the " << (password == before ? "old" : "new")
                  << " password: " << unknown << '\n';
        CHECK(unknown == Decision{Told::granted, "directory", true});
    }
    CHECK(remembered(authd) == 0);

    mona.change("password-expires-in", "86400"); // the period is over
    REQUIRE(eventually(5s, [&] { return log_in(authd, mona.name(), before).told == Told::denied; }));
    REQUIRE(eventually(5s, [&] { return log_in(authd, mona.name(), after) == Decision{Told::granted, "directory"}; }));
    CHECK(log_in(authd, mona.name(), after) == Decision{Told::granted, "proof"});
    std::cout << "promises: by bind alone, the old password where authd knows it: " << known
              << "; after the period of old passwords it is refused\n";
}

} // namespace gatehouse::integration
