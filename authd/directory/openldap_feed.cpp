#include "directory/openldap_feed.hpp"

#include "base/log.hpp"
#include "directory/openldap_records.hpp"

#include <algorithm>

namespace gatehouse::directory
{

using namespace std::chrono_literals;

namespace
{
constexpr auto tick_interval = 500ms;
constexpr auto first_back_off = 500ms;
constexpr auto longest_back_off = 5s;
constexpr auto doubt = 30s; // before a server that could not be followed is tried again while another one is followed

constexpr std::string_view units_filter = "(|(objectClass=organizationalUnit)(objectClass=organization)"
                                          "(objectClass=domain)(objectClass=locality)(objectClass=country))";

/// A connection stays open until it is closed; it must not outlive its use.
class ClosedAtEnd
{
public:
    explicit ClosedAtEnd(LdapConnection& connection) : connection_(connection) {}
    ~ClosedAtEnd() { connection_.close("the feed needs it no more"); }
    ClosedAtEnd(const ClosedAtEnd&) = delete;
    ClosedAtEnd& operator=(const ClosedAtEnd&) = delete;

private:
    LdapConnection& connection_;
};
} // namespace

OpenLdapFeed::OpenLdapFeed(const OpenLdapSettings& settings, DirectoryThread& thread, ServerSet& servers,
                           std::shared_ptr<FeedSink> sink)
    : settings_(settings),
      thread_(thread),
      servers_(servers),
      sink_(std::move(sink)),
      ledger_(settings),
      people_(request_for(Kind::person), [this] { wake(); }),
      back_off_(first_back_off)
{
}

Awaitable<void> OpenLdapFeed::run()
{
    while (!thread_.stopping()) {
        std::string fault;
        try {
            co_await run_once();
        } catch (const std::exception& error) { // no memory, for one
            fault = error.what();
        }
        if (fault.empty())
            continue;
        people_.forget();
        lost("the feed failed: " + fault);
        co_await pause(Clock::now() + longest_back_off);
    }
}

Awaitable<void> OpenLdapFeed::run_once()
{
    const auto server = co_await servers_.choose(tried_, Clock::now() + 1s);
    if (!server) {
        if (thread_.stopping())
            co_return;
        state_.away = !std::exchange(reached_, false);
        report(false, state_.trouble.empty() || tried_.empty() ? servers_.why_none() : state_.trouble);
        tried_.clear();
        co_await pause(Clock::now() + back_off_);
        back_off_ = std::min<std::chrono::milliseconds>(2 * back_off_, longest_back_off);
        co_return;
    }
    const auto connection = co_await server->own_connection();
    if (!connection) {
        const bool busy = connection.error().kind == ErrorKind::limit; // we are, not the server
        if (!busy) {
            tried_.push_back(server.get());
            doubted_server_ = server->name();
            doubted_until_ = Clock::now() + doubt;
        }
        lost(server->name() + ": " + connection.error().text);
        if (busy)
            co_await pause(Clock::now() + first_back_off);
        co_return;
    }
    const ClosedAtEnd closed_at_end(**connection);
    reached_ = true;
    if (std::exchange(server_, server->name()) != server->name()) { // a cookie is one server's
        people_.forget();
        units_told_.clear();
        state_.read_from = {};
    }
    const Follow next = co_await follow(*server, **connection);
    if (next == Follow::by_asking)
        co_await follow_by_asking(*server, **connection);
    if (next == Follow::again && !state_.live)
        tried_.push_back(server.get());
    if (next == Follow::again)
        lost(server->name() + ": " + why_ended(**connection));
}

Awaitable<OpenLdapFeed::Follow> OpenLdapFeed::follow(LdapServer& server, LdapConnection& connection)
{
    if (auto ready = co_await get_ready(connection); !ready) {
        connection.close(ready.error().text);
        co_return Follow::again;
    }
    if (!begin_searches(connection))
        co_return Follow::again;
    Deadline next_tick = Clock::now() + tick_interval;
    const auto goes_on = [&] {
        return connection.is_open() && people_.end() == SyncSearch::End::none &&
               groups_->end() == SyncSearch::End::none && !thread_.stopping();
    };
    bool good = true;
    while (good && goes_on()) {
        if (!people_.has_events() && !groups_->has_events() && !units_->has_events())
            co_await pause(next_tick);
        good = co_await digest(connection);
        if (good && a_unit_moved()) {
            people_.forget(); // then everybody is told anew
            co_return Follow::anew;
        }
        if (!good || Clock::now() < next_tick)
            continue;
        next_tick = Clock::now() + tick_interval;
        good = co_await tick(connection);
        if (good && co_await better_server(server))
            co_return Follow::anew;
    }
    // What was heard before the end counts as told by the cookies; when it cannot be told, they are worth nothing.
    if (!good || !co_await digest(connection))
        people_.forget();
    co_return judge_end();
}

Awaitable<Result<void>> OpenLdapFeed::get_ready(LdapConnection& connection)
{
    if (groups_)
        co_return Result<void>{};
    const SearchRequest root{
        .base = "", .scope = SearchRequest::Scope::base, .attributes = {"namingContexts"}, .max_entries = 1};
    const auto answer = co_await connection.search(root, Clock::now() + patience());
    if (!answer)
        co_return std::unexpected(answer.error());
    const std::string base = dn_key(settings_.people_base);
    if (!answer->entries.empty())
        for (const std::string& context : answer->entries.front().all("namingContexts"))
            if (base.ends_with(dn_key(context)) && context.size() > context_.size())
                context_ = context;
    if (context_.empty())
        context_ = settings_.people_base;
    groups_ = std::make_unique<SyncSearch>(request_for(Kind::group), [this] { wake(); });
    const SearchRequest units{.base = context_, .filter = std::string(units_filter), .attributes = {LDAP_NO_ATTRS}};
    units_ = std::make_unique<SyncSearch>(units, [this] { wake(); });
    co_return Result<void>{};
}

SearchRequest OpenLdapFeed::request_for(Kind kind) const
{
    if (kind == Kind::person)
        return {.base = settings_.people_base,
                .filter = settings_.people_filter,
                .attributes = openldap_feed_attributes(settings_)};
    return {.base = settings_.groups_base.empty() ? context_ : settings_.groups_base,
            .filter = openldap_group_filter(settings_),
            .attributes = openldap_group_attributes(settings_)};
}

bool OpenLdapFeed::begin_searches(LdapConnection& connection)
{
    if (sweeping_ || people_.cookie().empty() || groups_->cookie().empty()) {
        people_.forget();
        groups_->forget();
        start_sweep();
    }
    begun_ = Clock::now();
    refreshed_ = false;
    asked_before_ = {};
    ledger_.begin_refresh(Kind::person);
    ledger_.begin_refresh(Kind::group);
    return people_.begin(connection).has_value() && groups_->begin(connection).has_value() &&
           units_->begin(connection).has_value();
}

OpenLdapFeed::Follow OpenLdapFeed::judge_end()
{
    using End = SyncSearch::End;
    if (people_.end() == End::not_offered || groups_->end() == End::not_offered)
        return Follow::by_asking;
    if (people_.end() == End::refresh_required || groups_->end() == End::refresh_required)
        people_.forget();
    return Follow::again;
}

bool OpenLdapFeed::a_unit_moved()
{
    bool moved = false;
    for (const SyncEvent& event : units_->take_events())
        if (event.what == SyncEvent::What::changed) {
            const auto [at, added] = units_told_.try_emplace(event.id, event.entry.dn);
            moved = moved || (!added && at->second != event.entry.dn);
            at->second = event.entry.dn;
        }
    return moved;
}

std::string OpenLdapFeed::why_ended(const LdapConnection& connection) const
{
    if (!connection.is_open()) // which the searches only repeat
        return connection.why_closed();
    return people_.why().empty() && groups_ ? groups_->why() : people_.why();
}

Awaitable<bool> OpenLdapFeed::better_server(const LdapServer& server)
{
    const auto best = co_await servers_.choose({}, Clock::now());
    co_return best && best->name() != server.name() &&
        (best->name() != doubted_server_ || Clock::now() >= doubted_until_);
}

// --- from what is heard to what is told

Awaitable<bool> OpenLdapFeed::digest(LdapConnection& connection)
{
    do {
        if (!co_await digest(connection, Kind::person, people_) || !co_await digest(connection, Kind::group, *groups_))
            co_return false;
    } while (people_.has_events() || groups_->has_events());
    if (!people_.refreshed() || !groups_->refreshed()) {
        tell();
        co_return true;
    }
    if (!co_await settle(connection))
        co_return false;
    if (!refreshed_) {
        finish_refresh();
        report(true, {});
    }
    co_return true;
}

Awaitable<bool> OpenLdapFeed::digest(LdapConnection& connection, Kind kind, SyncSearch& search)
{
    for (SyncEvent& event : search.take_events()) {
        bool good = true;
        switch (event.what) {
        case SyncEvent::What::changed:
            good = co_await take(connection, kind, std::move(event.entry), Came::heard);
            break;
        case SyncEvent::What::present: ledger_.mention(kind, event.id); break;
        case SyncEvent::What::gone: ledger_.remove(kind, event.id); break;
        case SyncEvent::What::present_all: ledger_.end_refresh(kind); break;
        }
        if (!good)
            co_return false;
    }
    co_return true;
}

Awaitable<bool> OpenLdapFeed::take(LdapConnection& connection, Kind kind, Entry entry, Came came)
{
    if (came == Came::found && ledger_.knows(kind, entry))
        co_return true; // it was told the last time
    if (const std::string_view csn = entry.first("entryCSN"); csn > newest_csn_)
        newest_csn_ = csn;
    if (kind == Kind::person)
        if (const auto policy = ledger_.missing_policy(entry)) {
            bool changed = false;
            if (!co_await read_policy(connection, *policy, changed))
                co_return false;
        }
    if (came == Came::heard)
        ledger_.take(kind, std::move(entry));
    else
        ledger_.take_read(kind, std::move(entry));
    co_return true;
}

Awaitable<bool> OpenLdapFeed::settle(LdapConnection& connection)
{
    ledger_.settle();
    for (const std::string& dn : ledger_.nameless_groups()) {
        const auto answer = co_await read_entry(connection, dn, "(objectClass=*)", {settings_.group_name_attribute});
        if (!answer)
            co_return false;
        ledger_.learn_name(dn, answer->entries.empty()
                                   ? std::string()
                                   : std::string(answer->entries.front().first(settings_.group_name_attribute)));
    }
    ledger_.settle();
    tell();
    co_return true;
}

void OpenLdapFeed::tell()
{
    Changes changes = ledger_.collect();
    if (changes.people.empty() && changes.groups.empty() && changes.gone.empty())
        return;
    changes.since = state_.read_from;
    changes.server = server_;
    sink_->take(std::move(changes));
}

void OpenLdapFeed::start_sweep()
{
    ledger_.start_anew();
    sweeping_ = true;
    sink_->begin_sweep();
}

void OpenLdapFeed::finish_refresh()
{
    refreshed_ = true;
    learn();
    if (std::exchange(sweeping_, false)) {
        ledger_.group_doubts().everything_told();
        sink_->end_sweep(state_.read_from);
        log::info("realm {}: {}: {} people", settings_.realm, server_, ledger_.people());
    }
    state_.read_from = std::max(state_.read_from, begun_); // both searches were asked after that
}

void OpenLdapFeed::learn()
{
    RealmFacts facts;
    if (const auto policy = ledger_.default_policy())
        facts.lockout = policy->lockout_policy;
    if (facts_ == facts)
        return;
    facts_ = facts;
    sink_->learn(std::move(facts));
}

void OpenLdapFeed::report(bool live, std::string trouble)
{
    if (live && ledger_.people() == 0) { // a realm without people is one whose people cannot be seen: nobody is unknown
        live = false;
        trouble = server_ + ": nobody below " + settings_.people_base + " matches " + settings_.people_filter +
                  " for the account that searches";
        tried_.clear();
    }
    if (live) {
        state_.away = false;
        back_off_ = first_back_off;
        tried_.clear();
    }
    if (live != state_.live)
        log::info("realm {}: {}: {}", settings_.realm, server_,
                  live ? "the feed is live" : "the feed is not live: " + trouble);
    state_.live = live;
    state_.server = server_;
    state_.cursor = people_.cookie();
    state_.trouble = std::move(trouble);
    sink_->report(state_);
}

void OpenLdapFeed::lost(std::string why)
{
    if (!thread_.stopping())
        report(false, std::move(why));
}

void OpenLdapFeed::wake()
{
    if (waiting_ != nullptr)
        waiting_->wake();
}

Awaitable<void> OpenLdapFeed::pause(Deadline until)
{
    Waiter waiter(thread_);
    waiting_ = &waiter;
    co_await waiter.wait(until);
    waiting_ = nullptr;
}

std::chrono::milliseconds OpenLdapFeed::patience() const
{
    return settings_.timing.answer;
}

} // namespace gatehouse::directory
