#pragma once

#include "ad_feed_recorder.hpp"
#include "support/directories.hpp"
#include "support/eventually.hpp"
#include "support/lab.hpp"

#include "base/blocking_pool.hpp"
#include "directory/active_directory.hpp"

#include <catch2/catch.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::integration
{

inline constexpr std::chrono::milliseconds promise{2000};
inline constexpr std::chrono::seconds patience{20}; // for what is not measured

/// What `tests/lab/samba-ad show` says of NAME.
std::string shown(const std::string& name, const std::vector<std::string>& option = {});

/// tests/lab/samba-ad change WORDS...; returns when it was written.
WallTime change_directory(std::vector<std::string> words, const std::string& input = {});

/// The realm at these servers: its people are those in CN=Users.
directory::ActiveDirectorySettings lab_settings(std::vector<std::string> hosts);

/// A directory whose feed is recorded. Groups and names as `authctl explain` would show them.
struct Followed {
    explicit Followed(const directory::ActiveDirectorySettings& settings = lab_settings({shown("address")}))
        : domain(std::make_shared<directory::ActiveDirectory>(settings, network)),
          record(std::make_shared<FeedRecorder>())
    {
        domain->follow(record);
        REQUIRE(eventually(patience, [&] { return record->state().live; }));
    }

    /// Waits until `condition` holds of what has been told, and says how long that took since `since`.
    template <class Condition>
    void arrives(const std::string& what, WallTime since, std::chrono::milliseconds limit, Condition condition)
    {
        REQUIRE(eventually(patience, condition));
        const auto took =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now() - since);
        std::cout << "ad-feed: " << what << ": told after " << took.count() << " ms\n";
        CHECK(took <= limit);
    }

    Person person(const std::string& name) const { return record->person(name).value_or(Person{}); }

    template <class Make>
    auto ask(Make make)
    {
        boost::asio::io_context context;
        auto answer = boost::asio::co_spawn(context, make(), boost::asio::use_future);
        context.run();
        return answer.get();
    }

    PasswordAnswer check(const Person& somebody, const std::string& password)
    {
        Trail trail;
        const Secret typed = secret(password);
        return ask(
            [&] { return domain->check_password_of(somebody, typed, Clock::now() + std::chrono::seconds(10), trail); });
    }

    Result<LockoutCount> lockout_count(const Person& somebody)
    {
        Trail trail;
        return ask([&] { return domain->lockout_count(somebody, Clock::now() + std::chrono::seconds(10), trail); });
    }

    BlockingPool network{"network", 8, 64};
    std::shared_ptr<directory::ActiveDirectory> domain;
    std::shared_ptr<FeedRecorder> record;
};

/// Gives the account that searches what docs/join-active-directory.md asks for, for as long as this lives.
struct Delegation {
    Delegation() { Lab::current().must("samba-ad", {"delegate"}); }
    ~Delegation() { Lab::current().script("samba-ad", {"undelegate"}); }
    Delegation(const Delegation&) = delete;
    Delegation& operator=(const Delegation&) = delete;
};

inline const std::string test_password = "Test-Pers0n-Passw0rd";

/// Somebody who is there for one test.
struct Somebody {
    explicit Somebody(std::string called)
        : name(std::move(called)), made(change_directory({"create", name}, test_password))
    {
    }
    ~Somebody() { Lab::current().script("samba-ad", {"change", "delete", name}); }
    Somebody(const Somebody&) = delete;
    Somebody& operator=(const Somebody&) = delete;

    std::string name;
    WallTime made;
};

} // namespace gatehouse::integration
