#include "directory/ad_bind_names.hpp"

#include "base/log.hpp"
#include "base/secret_file.hpp"
#include "directory/ad_person.hpp"
#include "directory/ldap_handle.hpp"
#include "identity/login_name.hpp"

#include <algorithm>

namespace gatehouse::directory
{

using namespace std::chrono_literals;

namespace
{
constexpr auto interval = 1s;
constexpr auto patience = 3s;

std::string by_id(const std::string& id)
{
    return "<GUID=" + id + '>';
}
} // namespace

AdBindNames::AdBindNames(const ActiveDirectorySettings& settings, DirectoryThread& thread, ServerSet& servers,
                         LdapClient& client)
    : settings_(settings), thread_(thread), servers_(servers), client_(client)
{
}

std::string AdBindNames::of(const Person& person) const
{
    const auto usable = servers_.usable();
    const bool all = !usable.empty() &&
                     std::ranges::all_of(usable, [&](const auto& server) { return take_it_.contains(server->name()); });
    return all && !person.id.empty() ? by_id(person.id) : person.dn;
}

Awaitable<void> AdBindNames::run()
{
    while (!thread_.stopping()) {
        for (const auto& server : servers_.usable()) {
            if (tried_.contains(server->name()))
                continue;
            if (account_id_.empty())
                co_await find_account();
            if (!account_id_.empty())
                co_await try_at(*server);
        }
        Waiter waiter(thread_);
        co_await waiter.wait(Clock::now() + interval);
    }
}

Awaitable<void> AdBindNames::find_account()
{
    const std::string& account = settings_.bind.dn;
    const Deadline deadline = Clock::now() + patience;
    Trail trail;
    SearchRequest request{.base = account, .scope = SearchRequest::Scope::base, .attributes = {"objectGUID"}};
    if (account.find('=') == std::string::npos) { // no DN
        const auto name = parse_login_name(account);
        const auto root = co_await client_.search(
            {.base = "", .scope = SearchRequest::Scope::base, .attributes = {"defaultNamingContext"}}, deadline, trail);
        if (!name || !root || root->entries.empty())
            co_return;
        request.base = root->entries.front().first("defaultNamingContext");
        request.scope = SearchRequest::Scope::subtree;
        request.filter = "(|(userPrincipalName=" + escape_filter(name->given) +
                         ")(sAMAccountName=" + escape_filter(name->user) + "))";
    }
    const auto found = co_await client_.search(request, deadline, trail);
    if (found && found->entries.size() == 1)
        account_id_ = guid_text(found->entries.front().first("objectGUID"));
}

Awaitable<void> AdBindNames::try_at(LdapServer& server)
{
    const Deadline deadline = Clock::now() + patience;
    const auto password = read_secret_file(settings_.bind.password_file);
    const auto connection = co_await server.bind_pool().take(deadline);
    if (!password || !connection)
        co_return;
    const auto answer = co_await (*connection)->bind(by_id(account_id_), password->view(), false, deadline);
    server.bind_pool().give_back(*connection);
    if (!answer)
        co_return;
    tried_.insert(server.name());
    if (answer->result.code == LDAP_SUCCESS)
        take_it_.insert(server.name());
    log::debug("realm {}: {}: binds by objectGUID are {}", settings_.realm, server.name(),
               answer->result.code == LDAP_SUCCESS ? "taken" : "not taken");
}

} // namespace gatehouse::directory
