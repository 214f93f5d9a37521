// How an OpenLdapFeed follows a server that tells no changes by itself.
#include "directory/entry_stream.hpp"
#include "directory/openldap_feed.hpp"
#include "directory/openldap_person.hpp"
#include "directory/openldap_records.hpp"

#include <fmt/chrono.h>

#include <algorithm>

namespace gatehouse::directory
{

using namespace std::chrono_literals;

namespace
{
constexpr std::chrono::milliseconds ask_interval = 500ms;
constexpr std::chrono::milliseconds sweep_interval = 5s;
constexpr auto most_of_a_server = 10; // what takes t is asked again after 10 t at the earliest
constexpr auto overlap = 5s;          // changes may become visible in another order than they were numbered in
constexpr std::string_view no_syncprov =
    "the server has no syncprov overlay: changes are asked for, deletions found by sweeps; load syncprov there";

std::chrono::milliseconds in_ms(Clock::duration time)
{
    return std::chrono::ceil<std::chrono::milliseconds>(time);
}

/// The entries that were written since the one that bears `csn`.
std::string filter_since(const std::string& filter, std::string_view csn)
{
    const auto moment = parse_generalized_time(csn.substr(0, csn.find('#')));
    if (!moment)
        return filter;
    const std::string since =
        fmt::format("{:%Y%m%d%H%M%S}", fmt::gmtime(std::chrono::system_clock::to_time_t(*moment - overlap)));
    return "(&" + filter + "(entryCSN>=" + since + ".000000Z#000000#000#000000))";
}
} // namespace

Awaitable<void> OpenLdapFeed::follow_by_asking(LdapServer& server, LdapConnection& connection)
{
    const std::string trouble = server_ + ": " + std::string(no_syncprov);
    people_.forget(); // another server, or this one another day, may tell changes
    Deadline asked = Clock::now();
    if (!co_await ask_for_everything(connection))
        co_return;
    finish_refresh();
    std::chrono::milliseconds interval = ask_interval;
    std::chrono::milliseconds for_ids = std::max(sweep_interval, most_of_a_server * in_ms(Clock::now() - asked));
    next_sweep_for_ids_ = Clock::now() + for_ids;
    while (!thread_.stopping() && connection.is_open()) {
        state_.bound = 1250ms + interval + interval / 2; // and what asking takes
        state_.bound_for_deletions = state_.bound + for_ids;
        report(true, trouble);
        co_await pause(Clock::now() + interval);
        asked = Clock::now();
        if (!co_await ask_for_changes(connection, Kind::person) || !co_await ask_for_changes(connection, Kind::group))
            break;
        const auto took = in_ms(Clock::now() - asked);
        interval = std::max(ask_interval, most_of_a_server * took);
        if (const Deadline began = Clock::now(); began >= next_sweep_for_ids_) {
            if (!co_await ask_for_ids(connection, Kind::person) || !co_await ask_for_ids(connection, Kind::group))
                break;
            for_ids = std::max(sweep_interval, most_of_a_server * in_ms(Clock::now() - began));
            next_sweep_for_ids_ = Clock::now() + for_ids;
        }
        if (!co_await read_beside(connection))
            break;
        state_.read_from = asked;
        if (co_await better_server(server))
            break;
    }
    state_.bound = state_.bound_for_deletions = FeedState{}.bound;
    lost(server_ + ": " + connection.why_closed());
}

Awaitable<bool> OpenLdapFeed::ask_for_everything(LdapConnection& connection)
{
    begun_ = Clock::now();
    start_sweep();
    newest_csn_.clear();
    if (!co_await take_all(connection, Kind::person, request_for(Kind::person), Came::read_again) ||
        !co_await take_all(connection, Kind::group, request_for(Kind::group), Came::read_again))
        co_return false;
    co_return co_await settle(connection);
}

Awaitable<bool> OpenLdapFeed::ask_for_changes(LdapConnection& connection, Kind kind)
{
    SearchRequest request = request_for(kind);
    request.filter = filter_since(request.filter, newest_csn_);
    co_return co_await take_all(connection, kind, std::move(request), Came::found);
}

Awaitable<bool> OpenLdapFeed::ask_for_ids(LdapConnection& connection, Kind kind)
{
    SearchRequest request = request_for(kind);
    request.attributes = {"entryUUID", "entryCSN"};
    EntryStream stream(thread_, connection, request, patience());
    ledger_.begin_refresh(kind);
    std::vector<std::string>
        others; // changed in a way that asking did not find: replicated late, moved with what it lies in
    for (auto entries = co_await stream.next(); !entries.empty(); entries = co_await stream.next())
        for (const Entry& entry : entries) {
            ledger_.mention(kind, OpenLdapLedger::id_of(entry));
            if (!ledger_.knows(kind, entry))
                others.push_back(entry.dn);
        }
    if (!stream.result()) {
        connection.close(stream.result().error().text);
        co_return false;
    }
    ledger_.end_refresh(kind);
    for (const std::string& dn : others)
        if (!co_await read_one(connection, kind, dn))
            co_return false;
    co_return true;
}

} // namespace gatehouse::directory
