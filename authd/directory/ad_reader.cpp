#include "directory/ad_reader.hpp"

#include "directory/ad_person.hpp"
#include "directory/bind_verdict.hpp"
#include "directory/number.hpp"

namespace gatehouse::directory
{

namespace
{
constexpr std::size_t largest_page = 10'000; // far above what is asked for: a server that ignores paging is cut short

SearchRequest root_dse(std::vector<std::string> attributes)
{
    return {.base = "", .scope = SearchRequest::Scope::base, .attributes = std::move(attributes)};
}
} // namespace

AdReader::AdReader(std::shared_ptr<LdapServer> server, std::shared_ptr<LdapConnection> connection, Timing timing)
    : server_(std::move(server)), connection_(std::move(connection)), timing_(timing)
{
}

Awaitable<Result<std::unique_ptr<AdReader>>> AdReader::open(std::shared_ptr<LdapServer> server, Timing timing)
{
    auto connection = co_await server->own_connection();
    if (!connection) {
        if (connection.error().kind != ErrorKind::limit && server->usable())
            server->failed(connection.error().text);
        co_return std::unexpected(Error{connection.error().kind, server->name() + ": " + connection.error().text});
    }
    std::unique_ptr<AdReader> reader(new AdReader(std::move(server), std::move(*connection), timing));
    if (auto known = co_await reader->learn_identity(); !known)
        co_return std::unexpected(std::move(known.error()));
    co_return reader;
}

Awaitable<Result<void>> AdReader::learn_identity()
{
    const auto self = co_await entry(root_dse({"defaultNamingContext", "dsServiceName"}));
    if (!self)
        co_return std::unexpected(self.error());
    const std::string settings(*self ? (*self)->first("dsServiceName") : "");
    root_ = *self ? (*self)->first("defaultNamingContext") : "";
    if (settings.empty() || root_.empty())
        co_return unavailable(server_->name() +
                              ": its rootDSE has no defaultNamingContext and dsServiceName: it is no "
                              "domain controller, or does not let the account that searches see them");
    const auto instance =
        co_await entry({.base = settings, .scope = SearchRequest::Scope::base, .attributes = {"invocationId"}});
    if (!instance)
        co_return std::unexpected(instance.error());
    invocation_ = *instance ? guid_text((*instance)->first("invocationId")) : "";
    if (invocation_.empty())
        invocation_ = settings; // a restore from a backup then goes unseen until the counter is lower than it was
    co_return Result<void>{};
}

Awaitable<Result<std::uint64_t>> AdReader::highest_usn()
{
    const auto self = co_await entry(root_dse({"highestCommittedUSN"}));
    if (!self)
        co_return std::unexpected(self.error());
    const auto usn = *self ? parse_number<std::uint64_t>((*self)->first("highestCommittedUSN")) : std::nullopt;
    if (!usn)
        co_return unavailable(server_->name() + ": its rootDSE has no highestCommittedUSN");
    co_return *usn;
}

Awaitable<Result<std::optional<Entry>>> AdReader::entry(SearchRequest request)
{
    request.scope = SearchRequest::Scope::base;
    request.max_entries = 1;
    std::string cookie;
    auto answer = co_await ask(request, cookie);
    if (!answer)
        co_return std::unexpected(std::move(answer.error()));
    const int code = answer->result.code;
    if (code == LDAP_NO_SUCH_OBJECT || code == LDAP_INSUFFICIENT_ACCESS ||
        (code == LDAP_SUCCESS && answer->entries.empty()))
        co_return std::nullopt;
    if (code != LDAP_SUCCESS)
        co_return unavailable(server_->name() + ": reading \"" + request.base +
                              "\" fails: " + explain_search_error(answer->result));
    co_return std::move(answer->entries.front());
}

Awaitable<Result<SearchAnswer>> AdReader::ask(const SearchRequest& request, std::string& cookie)
{
    const LdapServer::UnderWay under_way(*server_);
    const Deadline asked = Clock::now();
    auto answer = co_await connection_->search_page(request, cookie, asked + timing_.answer);
    if (!answer)
        co_return std::unexpected(judge(answer.error(), asked));
    server_->answered(Clock::now() - asked);
    co_return answer;
}

Error AdReader::judge(const Error& error, Deadline asked)
{
    if (closed_by_us_) {
        // nothing to tell
    } else if (error.kind == ErrorKind::deadline) {
        if (server_->last_heard() < asked && server_->usable())
            server_->failed("gave no answer for " + std::to_string(timing_.answer.count()) + " ms");
        close("an answer did not come in time");
    } else if (server_->usable()) {
        server_->broke(error.text);
    }
    return {error.kind, server_->name() + ": " + error.text};
}

void AdReader::close(const std::string& why)
{
    closed_by_us_ = true;
    connection_->close(why);
}

AdReader::Search::Search(AdReader& reader, SearchRequest request) : reader_(reader), request_(std::move(request))
{
    request_.paged = true;
    request_.max_entries = largest_page;
}

Awaitable<Result<std::vector<Entry>>> AdReader::Search::next()
{
    auto page = co_await reader_.ask(request_, cookie_);
    done_ = !page || page->result.code != LDAP_SUCCESS || cookie_.empty();
    if (!page)
        co_return std::unexpected(std::move(page.error()));
    if (page->result.code != LDAP_SUCCESS)
        co_return unavailable(reader_.server_->name() + ": the search in \"" + request_.base +
                              "\" fails: " + explain_search_error(page->result));
    co_return std::move(page->entries);
}

} // namespace gatehouse::directory
