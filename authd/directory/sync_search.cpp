#include "directory/sync_search.hpp"

#include "directory/bind_verdict.hpp"
#include "directory/sync_protocol.hpp"

#include <algorithm>

namespace gatehouse::directory
{

SyncSearch::SyncSearch(SearchRequest request, std::function<void()> heard)
    : request_(std::move(request)), heard_(std::move(heard))
{
}

Result<void> SyncSearch::begin(LdapConnection& connection)
{
    events_.clear();
    refreshed_ = spoke_sync_ = false;
    end_ = End::none;
    why_.clear();
    const LdapControlValue control{std::string(sync_request_oid), sync_request(cookie_)};
    const auto id = connection.listen(request_, control, std::string(sync_state_oid), *this);
    return id ? Result<void>{} : std::unexpected(id.error());
}

void SyncSearch::forget()
{
    cookie_.clear();
    events_.clear();
}

void SyncSearch::take_cookie(std::optional<std::string>& cookie)
{
    if (cookie && !cookie->empty())
        cookie_ = *std::move(cookie);
}

void SyncSearch::fail(std::string why)
{
    if (end_ == End::none) {
        end_ = End::failed;
        why_ = std::move(why);
    }
    heard_();
}

void SyncSearch::entry(Entry entry, std::string_view control)
{
    if (control.empty())
        return; // a server that ignores the request
    auto state = parse_sync_state(control);
    if (!state)
        return fail(state.error().text);
    spoke_sync_ = true;
    take_cookie(state->cookie);
    switch (state->state) {
    case SyncState::State::present: events_.push_back({SyncEvent::What::present, std::move(state->id)}); break;
    case SyncState::State::remove: events_.push_back({SyncEvent::What::gone, std::move(state->id)}); break;
    case SyncState::State::add:
    case SyncState::State::modify:
        if (entry.first("entryUUID").empty())
            entry.attributes.push_back({"entryUUID", {state->id}});
        events_.push_back({SyncEvent::What::changed, std::move(state->id), std::move(entry)});
    }
    heard_();
}

void SyncSearch::intermediate(std::string_view oid, std::string_view value)
{
    if (oid != sync_info_oid)
        return;
    auto info = parse_sync_info(value);
    if (!info)
        return fail(info.error().text);
    spoke_sync_ = true;
    take_cookie(info->cookie);
    switch (info->kind) {
    case SyncInfo::Kind::new_cookie: break;
    case SyncInfo::Kind::id_set:
        for (std::string& id : info->ids)
            events_.push_back(
                {info->refresh_deletes ? SyncEvent::What::gone : SyncEvent::What::present, std::move(id)});
        break;
    case SyncInfo::Kind::refresh_present: events_.push_back({SyncEvent::What::present_all, {}}); [[fallthrough]];
    case SyncInfo::Kind::refresh_delete: refreshed_ = refreshed_ || info->refresh_done;
    }
    heard_();
}

void SyncSearch::ended(Result<LdapResult> result)
{
    if (!result)
        return fail(result.error().text);
    const int code = result->code;
    if (code == LDAP_UNAVAILABLE_CRITICAL_EXTENSION || (code == LDAP_SUCCESS && !spoke_sync_)) {
        end_ = End::not_offered;
        return heard_();
    }
    // 53 is slapd's answer to a cookie of the future: its data were replaced by older ones.
    const bool cookie_refused = !cookie_.empty() && (code == LDAP_UNWILLING_TO_PERFORM || code == LDAP_PROTOCOL_ERROR);
    if (code == LDAP_SYNC_REFRESH_REQUIRED || cookie_refused) {
        end_ = End::refresh_required;
        return heard_();
    }
    fail("the search in \"" + request_.base + "\" ends: " + explain_search_error(*result));
}

} // namespace gatehouse::directory
