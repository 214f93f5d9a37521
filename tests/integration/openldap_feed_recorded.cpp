#include "openldap_feed_recorded.hpp"

#include "directory/factory.hpp"

#include <boost/asio/co_spawn.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <iostream>

namespace gatehouse::integration
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

const PersonRecord* RecordedFeed::Told::person(std::string_view name) const
{
    const auto found = std::ranges::find_if(people, [&](const auto& item) { return item.second.person.name == name; });
    return found == people.end() ? nullptr : &found->second;
}

std::set<std::string> RecordedFeed::Told::groups_of(const PersonRecord& person) const
{
    std::set<std::string> keys(person.keys.begin(), person.keys.end()); // of the person and of what it is in
    std::set<std::string> wanted(person.member_of.begin(), person.member_of.end());
    std::set<std::string> names;
    std::set<std::string> seen;
    for (bool grew = true; grew;) {
        grew = false;
        for (const auto& [id, group] : groups) {
            const auto any = [](const std::vector<std::string>& some, const std::set<std::string>& all) {
                return std::ranges::any_of(some, [&](const std::string& key) { return all.contains(key); });
            };
            if (seen.contains(id) || !(any(group.members, keys) || any(group.keys, wanted)))
                continue;
            seen.insert(id);
            names.insert(group.name);
            keys.insert(group.keys.begin(), group.keys.end());
            grew = true;
        }
    }
    return names;
}

bool RecordedFeed::Told::is_in(std::string_view name, const std::string& group) const
{
    const PersonRecord* const found = person(name);
    return found != nullptr && groups_of(*found).contains(group);
}

std::optional<WallTime> RecordedFeed::wait_for(std::chrono::milliseconds limit, const Condition& holds)
{
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, limit, [&] { return holds(told_); }))
        return std::nullopt;
    return last_change_;
}

RecordedFeed::Told RecordedFeed::look() const
{
    const std::lock_guard lock(mutex_);
    return told_;
}

void RecordedFeed::learn(RealmFacts facts)
{
    const std::lock_guard lock(mutex_);
    told_.facts = std::move(facts);
    last_change_ = std::chrono::system_clock::now();
    changed_.notify_all();
}

void RecordedFeed::begin_sweep()
{
    const std::lock_guard lock(mutex_);
    ++told_.sweeps_begun;
    unswept_.clear();
    for (const auto& [id, person] : told_.people)
        unswept_.insert(id);
    for (const auto& [id, group] : told_.groups)
        unswept_.insert(id);
}

void RecordedFeed::take(Changes changes)
{
    const std::lock_guard lock(mutex_);
    for (PersonRecord& person : changes.people) {
        unswept_.erase(person.person.id);
        told_.people[person.person.id] = std::move(person);
    }
    for (GroupRecord& group : changes.groups) {
        unswept_.erase(group.id);
        told_.groups[group.id] = std::move(group);
    }
    for (const std::string& id : changes.gone) {
        told_.people.erase(id);
        told_.groups.erase(id);
    }
    told_.last_since = changes.since;
    last_change_ = std::chrono::system_clock::now();
    changed_.notify_all();
}

void RecordedFeed::end_sweep(Deadline)
{
    const std::lock_guard lock(mutex_);
    ++told_.sweeps_ended;
    for (const std::string& id : unswept_) {
        told_.people.erase(id);
        told_.groups.erase(id);
    }
    last_change_ = std::chrono::system_clock::now();
    changed_.notify_all();
}

void RecordedFeed::report(FeedState state)
{
    const std::lock_guard lock(mutex_);
    told_.state = std::move(state);
    changed_.notify_all();
}

namespace
{
directory::OpenLdapSettings lab_settings()
{
    const Lab& lab = Lab::current();
    const Place place = lab.place("ldaps");
    directory::OpenLdapSettings settings;
    settings.realm = "CAMPUS";
    settings.servers.hosts = {place.host + ":" + std::to_string(place.port)};
    settings.tls = {.mode = directory::TlsMode::ldaps, .ca_file = (lab.folder() / "ca/ca.pem").string()};
    settings.bind = {.dn = "cn=svc-gatehouse,ou=services,dc=campus,dc=example",
                     .password_file = (lab.folder() / "slapd/search-password").string()};
    settings.people_base = "ou=people,dc=campus,dc=example";
    settings.people_filter = "(objectClass=inetOrgPerson)";
    settings.groups_base = "ou=groups,dc=campus,dc=example";
    settings.policy_dn = "cn=default,ou=policies,dc=campus,dc=example";
    return settings;
}

directory::OpenLdapSettings adapted(const FollowedOpenLdap::Adapt& adapt)
{
    directory::OpenLdapSettings settings = lab_settings();
    if (adapt)
        adapt(settings);
    return settings;
}

template <class T>
T run(asio::io_context& io, Awaitable<T> coroutine)
{
    std::optional<T> result;
    asio::co_spawn(io, std::move(coroutine), [&](const std::exception_ptr& error, T value) {
        if (error)
            std::rethrow_exception(error);
        result = std::move(value);
    });
    io.restart();
    io.run();
    return *std::move(result);
}
} // namespace

FollowedOpenLdap::FollowedOpenLdap(const Adapt& adapt) : directory_(directory::make_directory(adapted(adapt), network_))
{
    directory_->follow(feed_);
}

void FollowedOpenLdap::settle()
{
    const bool live = feed_->wait_for(20s, [](const auto& told) { return told.state.live; }).has_value();
    INFO(feed_->look().state.trouble);
    REQUIRE(live);
}

void FollowedOpenLdap::change(const std::vector<std::string>& words, const RecordedFeed::Condition& holds,
                              std::chrono::milliseconds promise, const std::string& input)
{
    std::string label;
    for (const std::string& word : words)
        label += (label.empty() ? "" : " ") + word;
    INFO(label);
    const WallTime changed = change_slapd(words, input);
    const auto told = feed_->wait_for(promise + 10s, holds);
    REQUIRE(told);
    // Often it is told before the program that made the change has ended.
    const auto took = std::max(0ms, std::chrono::duration_cast<std::chrono::milliseconds>(*told - changed));
    std::cout << "feed: " << label << ": told " << took.count() << " ms after the change\n";
    CHECK(took <= promise);
}

Lookup FollowedOpenLdap::find(const std::string& name)
{
    const LoginName login{.form = LoginName::Form::plain, .given = name, .user = name, .qualifier = {}};
    Trail trail;
    return run(io_, directory_->find(login, Detail::groups, Clock::now() + 10s, trail));
}

Result<LockoutCount> FollowedOpenLdap::lockout_count(const Person& person)
{
    Trail trail;
    return run(io_, directory_->lockout_count(person, Clock::now() + 10s, trail));
}

PasswordAnswer FollowedOpenLdap::check(const Person& person, std::string_view password)
{
    const Secret shown = secret(password);
    Trail trail;
    return run(io_, directory_->check_password_of(person, shown, Clock::now() + 10s, trail));
}

WallTime change_slapd(const std::vector<std::string>& words, const std::string& input)
{
    std::vector<std::string> all{"change"};
    all.insert(all.end(), words.begin(), words.end());
    const std::string out = Lab::current().must("slapd", all, {.input = input}).out;
    const double seconds = std::stod(out.substr(out.find('=') + 1));
    return WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::duration<double>(seconds)));
}

} // namespace gatehouse::integration
