#pragma once

#include "identity/directory.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <map>
#include <stdexcept>
#include <string>

namespace gatehouse
{

/// A directory in memory that counts what it is asked: the gate's own decisions are what is tested here. Verification
/// against real directories is in tests/integration.
class ScriptedDirectory : public Directory
{
public:
    explicit ScriptedDirectory(std::string realm) : realm_(std::move(realm)) {}

    Awaitable<PasswordAnswer> check_password(const LoginName& name, const Secret& password, Detail detail, Deadline,
                                             Trail&) override
    {
        ++checks;
        wanted = detail;
        if (throws)
            throw std::runtime_error("broken");
        if (outage)
            co_return PasswordAnswer{.reason = Reason::directory_unavailable, .detail = "dc1: connection refused"};
        const auto person = people.find(name.user);
        if (person == people.end())
            co_return PasswordAnswer{.reason = Reason::unknown_person};
        co_return PasswordAnswer{.reason = password.view() == "right" ? Reason::granted : Reason::wrong_password,
                                 .person = person->second};
    }

    Awaitable<Lookup> find(const LoginName& name, Detail, Deadline, Trail&) override
    {
        ++finds;
        if (outage)
            co_return Lookup{.outcome = Lookup::Outcome::unavailable, .detail = "dc1: connection refused"};
        const auto person = people.find(name.user);
        if (person == people.end())
            co_return Lookup{};
        Person found = person->second;
        found.known = Detail::groups;
        co_return Lookup{.outcome = Lookup::Outcome::found, .person = found};
    }

    Awaitable<PasswordAnswer> check_password_of(const Person& person, const Secret& password, Deadline deadline,
                                                Trail& trail) override
    {
        trail.server = "dc1";
        if (slow.count() > 0) {
            boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, slow);
            co_await timer.async_wait(as_result);
        }
        const LoginName name{.given = person.name, .user = person.name};
        PasswordAnswer answer = co_await check_password(name, password, Detail::name, deadline, trail);
        if (answer.reason == Reason::wrong_password)
            ++counted;
        if (old_password && password.view() == *old_password)
            answer.reason = Reason::granted;
        co_return answer;
    }

    void follow(std::shared_ptr<FeedSink>) override {}

    Awaitable<Result<LockoutCount>> lockout_count(const Person&, Deadline, Trail&) override
    {
        co_return LockoutCount{.used = counted, .policy = LockoutPolicy{.threshold = threshold}};
    }

    std::vector<ServerHealth> health() const override { return {}; }
    std::string_view kind() const override { return kind_of; }

    void add(const std::string& name, Person person = {})
    {
        person.realm = realm_;
        person.name = person.mailbox = name;
        people[name] = person;
    }

    std::map<std::string, Person> people;
    std::uint32_t threshold = 0; ///< of wrong passwords that lock
    std::uint32_t counted = 0;
    std::optional<std::string> old_password; ///< is taken, too
    std::chrono::milliseconds slow{0};
    std::string kind_of = "scripted";
    int checks = 0;
    int finds = 0;
    bool outage = false;
    bool throws = false;
    Detail wanted = Detail::name;

private:
    std::string realm_;
};

} // namespace gatehouse
