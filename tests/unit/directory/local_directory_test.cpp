#include "directory/local_directory.hpp"

#include "base/log.hpp"

#include <catch2/catch.hpp>

#include <spdlog/sinks/ostream_sink.h>

#include <boost/asio/io_context.hpp>

#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace gatehouse;
using namespace std::chrono_literals;

namespace
{
/// A people file with cheap hashes, and the directory that reads it.
class LocalRealm
{
public:
    LocalRealm()
    {
        std::string name = std::filesystem::temp_directory_path() / "gatehouse-local-XXXXXX";
        REQUIRE(::mkdtemp(name.data()));
        path_ = name;
    }
    ~LocalRealm() { std::filesystem::remove_all(path_); }
    LocalRealm(const LocalRealm&) = delete;
    LocalRealm& operator=(const LocalRealm&) = delete;

    std::string file() const { return path_ + "/people.yaml"; }

    /// Replaces the file as an editor does: a new file under the old name.
    void write(std::string text) const
    {
        for (std::size_t at; (at = text.find("HASH")) != std::string::npos;) // of "pässwörd"
            text.replace(
                at, 4,
                "$argon2id$v=19$m=64,t=1,p=2$MDEyMzQ1Njc4OWFiY2RlZg$SxSH0vf0Kcm8Cw6p+3YTBZ1n8PxIZCqdGtTcJEQOJAE");
        std::ofstream(path_ + "/new", std::ios::binary) << text;
        REQUIRE(::chmod((path_ + "/new").c_str(), 0600) == 0);
        std::filesystem::rename(path_ + "/new", file());
    }

    std::shared_ptr<Directory> open()
    {
        return directory::make_directory({.realm = "LAB", .people_file = file()}, pool_);
    }

    BlockingPool& pool() { return pool_; }

private:
    std::string path_;
    BlockingPool pool_{"argon2id", 2, 64};
};

constexpr std::string_view right = "p\xc3\xa4ssw\xc3\xb6rd";

template <class T>
T run(Awaitable<T> coroutine)
{
    boost::asio::io_context context;
    std::optional<T> result;
    boost::asio::co_spawn(context, std::move(coroutine), [&](std::exception_ptr error, T value) {
        if (error)
            std::rethrow_exception(error);
        result = std::move(value);
    });
    context.run();
    return std::move(result).value();
}

PasswordAnswer login(Directory& directory, std::string_view name, std::string_view password, Trail& trail,
                     Deadline deadline = Clock::now() + 10s)
{
    Secret secret;
    REQUIRE(secret.append(password));
    const LoginName login = parse_login_name(name).value();
    return run(directory.check_password(login, secret, Detail::groups, deadline, trail));
}

Reason login(Directory& directory, std::string_view name, std::string_view password)
{
    Trail trail;
    return login(directory, name, password, trail).reason;
}

/// What is logged while it lives.
class LogLines
{
public:
    LogLines() : before_(spdlog::default_logger())
    {
        spdlog::set_default_logger(
            std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)));
    }
    ~LogLines() { spdlog::set_default_logger(before_); }
    std::string text() const { return text_.str(); }

private:
    std::ostringstream text_;
    std::shared_ptr<spdlog::logger> before_;
};

std::size_t count(const std::string& text, std::string_view part)
{
    std::size_t n = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++n;
    return n;
}

const std::string two_people = "people:\n"
                               "  - {name: alice, password: \"HASH\", addresses: [a@lab.example]}\n"
                               "  - {name: bob, password: \"HASH\", addresses: [a@lab.example], disabled: true}\n"
                               "groups:\n"
                               "  - {name: staff, members: [alice]}\n";
} // namespace

TEST_CASE("a local person is granted with the right password only", "[unit][local]")
{
    LocalRealm realm;
    realm.write(two_people);
    const auto directory = realm.open();
    CHECK(directory->kind() == "local");

    Trail trail;
    trail.keep_steps = true;
    const PasswordAnswer granted = login(*directory, "LAB\\Alice", right, trail);
    CHECK(granted.reason == Reason::granted);
    REQUIRE(granted.person);
    CHECK(granted.person->name == "alice");
    CHECK(granted.person->known == Detail::groups);
    REQUIRE(granted.person->groups.size() == 1);
    CHECK(granted.person->groups[0].group == "staff");
    CHECK(trail.server == realm.file());
    CHECK(trail.steps.size() == 1);

    const PasswordAnswer wrong = login(*directory, "alice", "wrong", trail);
    CHECK(wrong.reason == Reason::wrong_password);
    CHECK(wrong.person);
    const PasswordAnswer disabled = login(*directory, "bob", right, trail);
    CHECK(disabled.reason == Reason::granted); // the gate refuses, by the state
    CHECK(disabled.person->state.disabled);
    CHECK(login(*directory, "mallory", right) == Reason::unknown_person);
    CHECK(login(*directory, "a@lab.example", right) == Reason::ambiguous_name);
    CHECK(directory->health().at(0).usable);
    CHECK(directory->health().at(0).requests == 5);
    CHECK(directory->health().at(0).latency > 0us);
}

TEST_CASE("a local person is found without a password", "[unit][local]")
{
    LocalRealm realm;
    realm.write(two_people);
    const auto directory = realm.open();
    const auto find = [&](std::string_view name, Detail detail) {
        Trail trail;
        const LoginName login = parse_login_name(name).value();
        return run(directory->find(login, detail, Clock::now() + 1s, trail));
    };
    const Lookup alice = find("alice", Detail::groups);
    CHECK(alice.outcome == Lookup::Outcome::found);
    CHECK(alice.person.groups.size() == 1);
    CHECK(find("alice", Detail::name).person.groups.empty());
    CHECK(find("mallory", Detail::name).outcome == Lookup::Outcome::absent);
    const Lookup both = find("a@lab.example", Detail::name);
    CHECK(both.outcome == Lookup::Outcome::ambiguous);
    CHECK(both.detail == "alice, bob");
}

TEST_CASE("a verification that no thread could begin in time is an outage", "[unit][local]")
{
    std::atomic<bool> release{false}; // outlives the pool
    LocalRealm realm;
    realm.write(two_people);
    const auto directory = realm.open();
    Trail trail;
    CHECK(login(*directory, "alice", right, trail, Clock::now() - 1ms).reason == Reason::deadline);

    for (std::size_t i = 0; i < realm.pool().limit(); ++i)
        REQUIRE(realm.pool().submit([&] { release.wait(false); }));
    CHECK(login(*directory, "alice", right, trail).reason == Reason::overloaded);
    release = true;
    release.notify_all();
}

TEST_CASE("a changed people file is read within two seconds, a bad one keeps the old people", "[unit][local]")
{
    LocalRealm realm;
    realm.write(two_people);
    LogLines log;
    const auto directory = realm.open();
    const auto becomes = [&](std::string_view name, Reason reason) {
        for (const Deadline end = Clock::now() + 2s; Clock::now() < end; std::this_thread::sleep_for(50ms))
            if (login(*directory, name, right) == reason)
                return true;
        return false;
    };
    CHECK(login(*directory, "carol", right) == Reason::unknown_person);
    realm.write("people: [{name: carol, password: \"HASH\"}]\n");
    CHECK(becomes("carol", Reason::granted));
    CHECK(login(*directory, "alice", right) == Reason::unknown_person);

    realm.write("people: [{name: dave, pasword: HASH}]\n");
    std::this_thread::sleep_for(1100ms);
    for (int i = 0; i < 3; ++i)
        CHECK(login(*directory, "carol", right) == Reason::granted);
    CHECK(login(*directory, "dave", right) == Reason::unknown_person);
    CHECK(directory->health().at(0).usable);
    CHECK(directory->health().at(0).last_error.find("did you mean \"password\"?") != std::string::npos);
    std::this_thread::sleep_for(1100ms);
    CHECK(login(*directory, "carol", right) == Reason::granted);
    CHECK(count(log.text(), "did you mean") == 1);
    CHECK(count(log.text(), "the people of the last good file stay in force") == 1);

    realm.write("people: [{name: dave, password: \"HASH\"}]\n");
    CHECK(becomes("dave", Reason::granted));
    CHECK(directory->health().at(0).last_error.empty());
}

TEST_CASE("logins on many threads go on while the people file is replaced", "[unit][local]")
{
    LocalRealm realm;
    realm.write(two_people);
    LogLines log;
    const auto directory = realm.open();
    std::atomic<bool> stop{false};
    std::atomic<int> granted{0};
    std::atomic<int> other{0};
    std::vector<std::thread> callers;
    for (int i = 0; i < 4; ++i)
        callers.emplace_back([&] {
            while (!stop) {
                Trail trail;
                Secret secret;
                const LoginName name = parse_login_name("alice").value();
                const bool kept = secret.append(right);
                const auto answer =
                    run(directory->check_password(name, secret, Detail::groups, Clock::now() + 10s, trail));
                ++(kept && answer.reason == Reason::granted ? granted : other);
            }
        });
    std::this_thread::sleep_for(1100ms);
    realm.write(two_people + "  - {name: library}\n");
    std::this_thread::sleep_for(1100ms);
    stop = true;
    for (std::thread& caller : callers)
        caller.join();
    CHECK(other == 0);
    CHECK(granted > 10);
    CHECK(count(log.text(), "2 people") == 2);
}

TEST_CASE("without a file that could ever be read, nothing is refused: it is an outage", "[unit][local]")
{
    LocalRealm realm;
    LogLines log;
    const auto directory = realm.open();
    CHECK(login(*directory, "alice", right) == Reason::directory_unavailable);
    CHECK_FALSE(directory->health().at(0).usable);
    CHECK(count(log.text(), "nobody of this realm can log in") == 1);
    realm.write(two_people);
    std::this_thread::sleep_for(1100ms);
    CHECK(login(*directory, "alice", right) == Reason::granted);
}
