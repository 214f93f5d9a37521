#include "directory/ldap_client.hpp"

#include "directory/bind_verdict.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::directory
{

using namespace std::chrono_literals;

namespace
{
constexpr auto patience_to_connect = 1s; // when another server could answer instead

/// The server answered, and what it said is that it cannot serve anybody now.
bool is_server_trouble(int code)
{
    return code == LDAP_BUSY || code == LDAP_UNAVAILABLE;
}

std::string text_of(const LdapResult& result)
{
    return describe_result(result.code) + (result.diagnostic.empty() ? "" : ": " + result.diagnostic);
}
} // namespace

Deadline LdapClient::connect_deadline(const LdapServer& server, const Tried& tried, Deadline deadline) const
{
    std::vector<LdapServer*> without = tried.without;
    without.push_back(const_cast<LdapServer*>(&server));
    return servers_.another_usable(without) ? std::min<Deadline>(deadline, Clock::now() + patience_to_connect)
                                            : deadline;
}

Error LdapClient::no_server(const Tried& tried, Deadline deadline) const
{
    const bool late = Clock::now() >= deadline;
    return {late ? ErrorKind::deadline : ErrorKind::unavailable,
            tried.last_error.empty() ? servers_.why_none() : tried.last_error};
}

void LdapClient::leave_troubled(LdapServer& server, const LdapResult& result)
{
    if (servers_.another_usable(std::array{&server})) // one that is busy with one request may serve the next
        server.failed(text_of(result));
}

void LdapClient::judge(LdapServer& server, const Error& error, Deadline asked)
{
    if (error.kind == ErrorKind::unavailable && server.usable())
        server.broke(error.text);
    if (error.kind != ErrorKind::deadline || Clock::now() < asked + servers_.rules().timing.answer)
        return; // the caller was in more haste than the settings
    if (server.last_heard() < asked && server.usable())
        server.failed("gave no answer for " + std::to_string(servers_.rules().timing.answer.count()) + " ms");
}

Awaitable<Result<SearchAnswer>> LdapClient::search(const SearchRequest& request, Deadline deadline, Trail& trail,
                                                   std::initializer_list<int> accepted)
{
    Tried tried;
    bool broke = false;
    while (Clock::now() < deadline) {
        const auto server = co_await servers_.choose(tried.without, deadline);
        if (!server)
            break;
        trail.server = server->name();
        const auto pass = co_await server->turnstile().enter(deadline);
        if (!pass) { // the server was left, or it is too late
            tried.last_error = server->name() + ": too many searches wait for it";
            continue;
        }
        const auto connection = co_await server->search_connection(connect_deadline(*server, tried, deadline));
        if (!connection) {
            tried.last_error = server->name() + ": " + connection.error().text;
            tried.without.push_back(server.get());
            if (connection.error().kind == ErrorKind::deadline && Clock::now() < deadline && server->usable())
                server->failed(
                    "gave no connection in time, and another server is there"); // the bind shall not wait again
            continue;
        }
        const Deadline asked = Clock::now();
        auto answer = co_await search_on(**connection, *server, request, deadline);
        if (answer && is_server_trouble(answer->result.code)) {
            leave_troubled(*server, answer->result);
            tried.last_error = server->name() + ": " + text_of(answer->result);
            tried.without.push_back(server.get());
            continue;
        }
        if (answer) {
            server->answered(Clock::now() - asked);
            const int code = answer->result.code;
            if (code == LDAP_SUCCESS || std::ranges::find(accepted, code) != accepted.end())
                co_return answer;
            co_return unavailable(server->name() + ": the search in \"" + request.base +
                                  "\" fails: " + explain_search_error(answer->result));
        }
        if (answer.error().kind == ErrorKind::invalid || answer.error().kind == ErrorKind::limit)
            co_return answer;
        judge(*server, answer.error(), asked);
        tried.last_error = server->name() + ": " + answer.error().text;
        // A broken connection (a server that restarts, an idle one cut) is opened anew once; silence is not asked
        // again.
        if (answer.error().kind == ErrorKind::deadline || std::exchange(broke, true))
            tried.without.push_back(server.get());
    }
    co_return std::unexpected(no_server(tried, deadline));
}

Awaitable<Result<SearchAnswer>> LdapClient::search_on(LdapConnection& connection, LdapServer& server,
                                                      const SearchRequest& request, Deadline deadline)
{
    const LdapServer::UnderWay under_way(server);
    deadline = std::min<Deadline>(deadline, Clock::now() + servers_.rules().timing.answer);
    auto answer = co_await connection.search(request, deadline);
    const bool pages_mixed =
        answer && request.paged &&
        (answer->result.code == LDAP_UNWILLING_TO_PERFORM || answer->result.code == LDAP_PROTOCOL_ERROR);
    if (!pages_mixed)
        co_return answer;
    // A server may keep one paged search a connection; ours was overtaken by another's first page.
    const auto own = co_await server.own_connection();
    if (!own)
        co_return std::unexpected(own.error());
    answer = co_await (*own)->search(request, deadline);
    (*own)->close("its one search is done");
    co_return answer;
}

Awaitable<Result<BindResponse>> LdapClient::bind(const std::string& dn, std::string_view password, bool ask_policy,
                                                 Deadline deadline, Trail& trail)
{
    Tried tried;
    int sent = 0;
    while (Clock::now() < deadline && sent < 2) {
        const auto server = co_await servers_.choose(tried.without, deadline);
        if (!server)
            break;
        trail.server = server->name();
        const auto connection = co_await server->bind_pool().take(connect_deadline(*server, tried, deadline));
        if (!connection) {
            tried.last_error = server->name() + ": " + connection.error().text;
            tried.without.push_back(server.get());
            continue;
        }
        const LdapServer::UnderWay under_way(*server);
        const Deadline asked = Clock::now();
        ++sent;
        auto response =
            co_await (*connection)
                ->bind(dn, password, ask_policy, std::min<Deadline>(deadline, asked + servers_.rules().timing.answer));
        server->bind_pool().give_back(*connection);
        if (response && is_server_trouble(response->result.code)) {
            --sent; // it was not looked at
            leave_troubled(*server, response->result);
            tried.last_error = server->name() + ": " + text_of(response->result);
            tried.without.push_back(server.get());
            continue;
        }
        if (response) {
            server->answered(Clock::now() - asked);
            co_return response;
        }
        judge(*server, response.error(), asked);
        tried.last_error = server->name() + ": " + response.error().text;
        if (response.error().kind == ErrorKind::deadline)
            break; // it may still be evaluated: never sent to another
        tried.without.push_back(server.get());
        if (!servers_.another_usable(tried.without))
            tried.without.clear(); // a new connection to the same server, then
    }
    co_return std::unexpected(no_server(tried, deadline));
}

Reason outage_of(const Error& error, Deadline deadline)
{
    if (error.kind == ErrorKind::limit)
        return Reason::overloaded;
    return error.kind == ErrorKind::deadline && Clock::now() >= deadline ? Reason::deadline
                                                                         : Reason::directory_unavailable;
}

} // namespace gatehouse::directory
