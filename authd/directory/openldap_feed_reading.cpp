// What an OpenLdapFeed reads beside its searches: twice a second, and where the server tells nobody.
#include "directory/entry_stream.hpp"
#include "directory/openldap_feed.hpp"
#include "directory/openldap_records.hpp"
#include "directory/sync_protocol.hpp"

#include <algorithm>
#include <map>

namespace gatehouse::directory
{

using namespace std::chrono_literals;

namespace
{
constexpr auto patience_with_a_tick = 1s;
constexpr std::size_t policies_a_tick = 8;
constexpr std::size_t many_people = 200; // to read them one by one
constexpr std::size_t most_locked = 100'000;
constexpr auto most_of_a_server = 20; // a question that takes t is put again after 20 t at the earliest
} // namespace

Awaitable<bool> OpenLdapFeed::tick(LdapConnection& connection)
{
    const Deadline asked = Clock::now();
    const SearchRequest context{
        .base = context_, .scope = SearchRequest::Scope::base, .attributes = {"contextCSN"}, .max_entries = 1};
    const auto answer = co_await connection.search(context, asked + patience_with_a_tick);
    if (!answer) {
        if (!connection.is_open() || thread_.stopping())
            co_return false;
        asked_before_ = {};
        report(false, server_ + ": " + answer.error().text);
        if (Clock::now() - connection.last_heard() >= patience()) {
            connection.close("it has said nothing for " + std::to_string(patience().count()) + " ms");
            co_return false;
        }
        co_return true;
    }
    if (!co_await digest(connection))
        co_return false;
    if (!refreshed_)
        co_return true;
    std::vector<std::string> csns;
    if (!answer->entries.empty())
        std::ranges::copy(answer->entries.front().all("contextCSN"), std::back_inserter(csns));
    const bool covered = cookie_covers(people_.cookie(), csns) && cookie_covers(groups_->cookie(), csns);
    if (!co_await read_beside(connection))
        co_return false;
    state_.read_from = std::max(state_.read_from, covered ? asked : asked_before_);
    asked_before_ = asked;
    report(true, {});
    co_return true;
}

Awaitable<bool> OpenLdapFeed::read_beside(LdapConnection& connection)
{
    if (!co_await look_at_policies(connection) || !co_await look_at_locks(connection) ||
        !co_await read_doubtful(connection) || !co_await read_doubtful_groups(connection))
        co_return false;
    co_return co_await settle(connection);
}

Awaitable<bool> OpenLdapFeed::look_at_policies(LdapConnection& connection)
{
    const std::vector<std::string> policies = ledger_.policies();
    bool changed = false;
    for (std::size_t i = 0; i < std::min(policies.size(), policies_a_tick); ++i)
        if (!co_await read_policy(connection, policies[next_policy_++ % policies.size()], changed))
            co_return false;
    if (!changed)
        co_return true;
    learn();
    co_return co_await read_everybody(connection); // people whose state depends on it were not written
}

/// A provider tells of the locks that its own policy overlay sets; a read-only replica writes them for itself alone.
Awaitable<bool> OpenLdapFeed::look_at_locks(LdapConnection& connection)
{
    const Deadline asked = Clock::now();
    if (asked < next_look_at_locks_)
        co_return true;
    const SearchRequest request{.base = settings_.people_base,
                                .filter = "(&" + settings_.people_filter +
                                          "(pwdAccountLockedTime=*)(!(pwdAccountLockedTime=000001010000Z)))",
                                .attributes = {"pwdAccountLockedTime"},
                                .max_entries = most_locked};
    const auto answer = co_await connection.search(request, asked + patience());
    next_look_at_locks_ = Clock::now() + most_of_a_server * (Clock::now() - asked);
    if (!answer || answer->result.code != LDAP_SUCCESS)
        co_return connection.is_open(); // too slow a server for this, or too many
    std::map<std::string, std::string> locked;
    for (const Entry& entry : answer->entries)
        locked.emplace(entry.dn, entry.first("pwdAccountLockedTime"));
    ledger_.compare_locks(locked);
    co_return true;
}

Awaitable<bool> OpenLdapFeed::read_doubtful(LdapConnection& connection)
{
    const std::vector<std::string> dns = ledger_.due_again();
    if (dns.size() > many_people)
        co_return co_await read_everybody(connection);
    for (const std::string& dn : dns)
        if (!co_await read_one(connection, Kind::person, dn))
            co_return false;
    co_return true;
}

/// Groups that the server may have written by itself, and told nobody: see OpenLdapGroupDoubts.
Awaitable<bool> OpenLdapFeed::read_doubtful_groups(LdapConnection& connection)
{
    OpenLdapGroupDoubts& doubts = ledger_.group_doubts();
    std::vector<std::string> groups = doubts.due_again();
    const std::vector<std::string> newcomers = doubts.newcomers();
    if (settings_.groups_base.empty())
        co_return true;
    if (groups.size() + newcomers.size() > many_people)
        co_return co_await take_all(connection, Kind::group, request_for(Kind::group), Came::read_again);
    for (const std::string& dn : newcomers)
        if (!co_await find_unknown_groups(connection, dn, groups))
            co_return false;
    for (const std::string& dn : groups)
        if (!co_await read_one(connection, Kind::group, dn))
            co_return false;
    co_return true;
}

/// Adds those that list `member` and were told without.
Awaitable<bool> OpenLdapFeed::find_unknown_groups(LdapConnection& connection, const std::string& member,
                                                  std::vector<std::string>& groups)
{
    SearchRequest request = request_for(Kind::group);
    request.filter = openldap_filter_of_groups_with(settings_, member);
    request.attributes = {"entryUUID"};
    EntryStream stream(thread_, connection, request, patience());
    const std::string key = member_key(member);
    for (auto entries = co_await stream.next(); !entries.empty(); entries = co_await stream.next())
        for (const Entry& entry : entries)
            if (!ledger_.group_doubts().lists(OpenLdapLedger::id_of(entry), key))
                groups.push_back(entry.dn);
    if (!stream.result())
        connection.close(stream.result().error().text);
    co_return stream.result().has_value();
}

Awaitable<bool> OpenLdapFeed::read_everybody(LdapConnection& connection)
{
    return take_all(connection, Kind::person, request_for(Kind::person), Came::read_again);
}

Awaitable<bool> OpenLdapFeed::take_all(LdapConnection& connection, Kind kind, SearchRequest request, Came came)
{
    EntryStream stream(thread_, connection, request, patience());
    for (auto entries = co_await stream.next(); !entries.empty(); entries = co_await stream.next()) {
        for (Entry& entry : entries)
            if (!co_await take(connection, kind, std::move(entry), came))
                co_return false;
        tell();
    }
    if (const auto result = stream.result(); !result) {
        connection.close("the search in \"" + request.base + "\" fails: " + result.error().text);
        co_return false;
    }
    co_return true;
}

Awaitable<bool> OpenLdapFeed::read_one(LdapConnection& connection, Kind kind, const std::string& dn)
{
    SearchRequest request = request_for(kind);
    auto answer = co_await read_entry(connection, dn, std::move(request.filter), std::move(request.attributes));
    if (!answer)
        co_return false;
    for (Entry& entry : answer->entries)
        if (!co_await take(connection, kind, std::move(entry), Came::read_again))
            co_return false;
    co_return true;
}

Awaitable<bool> OpenLdapFeed::read_policy(LdapConnection& connection, const std::string& dn, bool& changed)
{
    const auto answer = co_await read_entry(connection, dn, "(objectClass=pwdPolicy)", policy_attributes());
    if (!answer)
        co_return false;
    changed = ledger_.learn_policy(dn, answer->entries.empty() ? std::nullopt
                                                               : std::optional(policy_from(answer->entries.front()))) ||
              changed;
    co_return true;
}

/// The entry, if there is one. Error: the connection is of no more use.
Awaitable<Result<SearchAnswer>> OpenLdapFeed::read_entry(LdapConnection& connection, const std::string& dn,
                                                         std::string filter, std::vector<std::string> attributes)
{
    const SearchRequest request{.base = dn,
                                .scope = SearchRequest::Scope::base,
                                .filter = std::move(filter),
                                .attributes = std::move(attributes),
                                .max_entries = 1};
    auto answer = co_await connection.search(request, Clock::now() + patience());
    if (!answer)
        connection.close("reading " + dn + ": " + answer.error().text);
    co_return answer;
}

} // namespace gatehouse::directory
