#include "directory/ad_lockout.hpp"

#include "directory/ad_policies.hpp"
#include "directory/bind_verdict.hpp"

#include <algorithm>

namespace gatehouse::directory
{

namespace
{
constexpr std::chrono::hours unknown_window{24}; // of a policy that cannot be read

SearchRequest base_of(std::string dn, std::vector<std::string> attributes)
{
    return {.base = std::move(dn),
            .scope = SearchRequest::Scope::base,
            .attributes = std::move(attributes),
            .max_entries = 1};
}

std::string name_in_requests(const Person& person)
{
    return person.id.empty() ? person.dn : "<GUID=" + person.id + '>'; // which stays when the person moves
}
} // namespace

Awaitable<Result<LockoutCount>> AdLockout::count(const Person& person, const std::string& root, Deadline deadline,
                                                 Trail& trail)
{
    const auto domain = co_await read(nullptr, base_of(root, ad_domain_policy_attributes()), deadline, trail);
    if (!domain)
        co_return std::unexpected(domain.error());
    const auto pdc = co_await find_pdc(std::string(domain->first("fSMORoleOwner")), deadline);
    const auto entry = co_await read(pdc.get(),
                                     base_of(name_in_requests(person), {"badPwdCount", "badPasswordTime",
                                                                        "userAccountControl", "msDS-ResultantPSO"}),
                                     deadline, trail);
    if (!entry)
        co_return std::unexpected(entry.error());
    // Where nobody has tried a wrong password yet, badPwdCount may be absent. An account that may not read it may not
    // read userAccountControl either, which everybody has.
    if (entry->first("badPwdCount").empty() && entry->first("userAccountControl").empty())
        co_return invalid(trail.server + ": the account that searches may not read badPwdCount of " + person.dn +
                          ": config/active-directory/delegate.ps1 grants it");
    LockoutCount count{.used = 0, .policy = domain_lockout(*domain)};
    if (const std::string resultant(entry->first("msDS-ResultantPSO")); !resultant.empty()) {
        const auto pso = co_await read(pdc.get(), base_of(resultant, ad_fine_grained_attributes()), deadline, trail);
        count.policy = pso ? fine_grained_lockout(*pso) : std::nullopt;
    }
    const std::chrono::seconds window = count.policy ? count.policy->window : unknown_window;
    count.used = wrong_passwords(*entry, window, std::chrono::system_clock::now());
    co_return count;
}

Awaitable<std::shared_ptr<LdapServer>> AdLockout::find_pdc(const std::string& settings, Deadline deadline)
{
    const auto usable = servers_.usable();
    for (const auto& server : usable) {
        std::string& identity = identities_[server->name()];
        if (identity.empty())
            if (const auto self = co_await search_at(*server, base_of("", {"dsServiceName"}), deadline);
                self && !self->entries.empty())
                identity = dn_key(self->entries.front().first("dsServiceName"));
        if (!identity.empty() && identity == dn_key(settings))
            co_return server;
    }
    co_return nullptr;
}

Awaitable<Result<Entry>> AdLockout::read(LdapServer* at, SearchRequest request, Deadline deadline, Trail& trail)
{
    auto answer = at != nullptr ? co_await search_at(*at, request, deadline) : unavailable("not asked");
    if (answer)
        trail.server = at->name();
    else // any server is better than none
        answer = co_await client_.search(request, deadline, trail, {LDAP_NO_SUCH_OBJECT});
    if (!answer)
        co_return std::unexpected(std::move(answer.error()));
    if (answer->result.code != LDAP_SUCCESS || answer->entries.empty())
        co_return unavailable(trail.server + ": does not show " + request.base);
    co_return std::move(answer->entries.front());
}

Awaitable<Result<SearchAnswer>> AdLockout::search_at(LdapServer& server, const SearchRequest& request,
                                                     Deadline deadline)
{
    const auto pass = co_await server.turnstile().enter(deadline);
    if (!pass)
        co_return past_deadline(server.name() + ": too many searches wait for it");
    const auto connection = co_await server.search_connection(deadline);
    if (!connection)
        co_return std::unexpected(connection.error());
    const Deadline asked = Clock::now();
    auto answer =
        co_await (*connection)->search(request, std::min<Deadline>(deadline, asked + servers_.rules().timing.answer));
    if (answer)
        server.answered(Clock::now() - asked);
    co_return answer;
}

} // namespace gatehouse::directory
