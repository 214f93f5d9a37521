#include "doctor/examination.hpp"

#include "base/secret_file.hpp"
#include "base/text.hpp"
#include "directory/ad_person.hpp"
#include "directory/ldap_handle.hpp"
#include "directory/tls_diagnosis.hpp"

#include <algorithm>

namespace gatehouse::doctor
{

using directory::Entry;
using directory::SearchRequest;

namespace
{
constexpr std::size_t sample_size = 20;

SearchRequest base_of(std::string dn, std::vector<std::string> attributes)
{
    return {.base = std::move(dn),
            .scope = SearchRequest::Scope::base,
            .attributes = std::move(attributes),
            .max_entries = 1};
}

const std::vector<std::string> root_attributes{
    "currentTime",      "dnsHostName",         "defaultNamingContext",       "namingContexts",
    "supportedControl", "schemaNamingContext", "configurationNamingContext", "subschemaSubentry",
    "vendorName",       "isSynchronized"};

std::string usual_name(const directory::HostPort& place)
{
    return place.host + (place.port == 389 || place.port == 636 ? "" : ':' + std::to_string(place.port));
}

/// The filter that finds the account by the name with which it binds: a UPN, DOMAIN\name or a name.
std::string account_filter(const std::string& bind_name)
{
    const std::size_t slash = bind_name.find('\\');
    const std::string name =
        slash == std::string::npos ? bind_name.substr(0, bind_name.rfind('@')) : bind_name.substr(slash + 1);
    return "(|(userPrincipalName=" + directory::escape_filter(bind_name) +
           ")(sAMAccountName=" + directory::escape_filter(name) + "))";
}

const std::vector<std::string> account_attributes{
    "sAMAccountName", "userAccountControl", "msDS-UserPasswordExpiryTimeComputed",
    "accountExpires", "adminCount",         "objectSid"};

bool is_dn(const std::string& name)
{
    return name.find('=') != std::string::npos;
}

/// A realm that takes tickets has KDCs, though authd asks them nothing.
app::RealmConfig with_kdcs(app::RealmConfig realm)
{
    if (realm.tickets && !realm.kerberos)
        realm.kerberos.emplace() = {.realm = realm.names.realm,
                                    .kerberos_realm = realm.names.kerberos_realm,
                                    .kdcs = {},
                                    .keytab = realm.tickets->keytab};
    return realm;
}
} // namespace

Examination::Examination(const app::RealmConfig& realm, std::string control, bool offers_ntlm)
    : realm_(with_kdcs(realm)), control_(std::move(control)), offers_ntlm_(offers_ntlm)
{
}

Examination::~Examination() = default;

const directory::ActiveDirectorySettings* Examination::active_directory() const
{
    return std::get_if<directory::ActiveDirectorySettings>(&realm_.directory);
}

const directory::OpenLdapSettings* Examination::openldap() const
{
    return std::get_if<directory::OpenLdapSettings>(&realm_.directory);
}

LdapSettings Examination::ldap() const
{
    if (const auto* const ad = active_directory())
        return {ad->servers, ad->tls, ad->bind, ad->timing};
    const auto& other = std::get<directory::OpenLdapSettings>(realm_.directory);
    return {other.servers, other.tls, other.bind, other.timing};
}

const Daemon& Examination::daemon()
{
    if (!daemon_)
        daemon_.emplace(control_, realm_.names.realm);
    return *daemon_;
}

// --- Servers

const std::vector<RecordsFound>& Examination::records()
{
    if (records_)
        return *records_;
    records_.emplace();
    const directory::ServerSettings& where = ldap().servers;
    for (const std::string& name :
         active_directory() ? directory::domain_controller_records(where) : directory::ldap_records(where))
        records_->push_back({name, find_services(name, where.dns_server)});
    return *records_;
}

std::vector<Server>& Examination::servers()
{
    if (!servers_) {
        servers_.emplace();
        look_at_all();
        bind_account();
    }
    return *servers_;
}

void Examination::look_at_all()
{
    const LdapSettings settings = ldap();
    const auto add = [&](const directory::HostPort& place) {
        const auto same = [&](const Server& server) {
            return text::equal_ignoring_case(server.place.host, place.host) && server.place.port == place.port;
        };
        if (std::ranges::none_of(*servers_, same))
            servers_->push_back(look_at(place.host, place.port));
    };
    for (const std::string& host : settings.servers.hosts)
        add(directory::split_host(host, directory::default_port(settings.tls.mode)));
    for (const RecordsFound& found : records())
        if (found.records)
            for (const ServiceRecord& record : found.records->records)
                add(directory::place_of(record, settings.tls.mode));
}

Server Examination::look_at(const std::string& host, std::uint16_t port)
{
    const LdapSettings settings = ldap();
    Server server{.name = usual_name({host, port}),
                  .place = {host, port},
                  .addresses = find_addresses(host, settings.servers.dns_server),
                  .tls = {},
                  .session = unavailable("its name has no address")};
    if (!server.addresses)
        return server;
    const directory::SuspectServer suspect{host, port, *server.addresses, settings.tls};
    server.session = desk_.open({host, port, *server.addresses}, settings.tls, settings.timing);
    const bool reached = server.session || server.session.error().kind == ErrorKind::invalid;
    if (reached && settings.tls.mode != directory::TlsMode::clear_text) {
        server.tls = directory::look_at_tls(suspect, Clock::now() + settings.timing.connect);
        if (const std::string why = directory::describe_tls(*server.tls, suspect); !server.session && !why.empty())
            server.session.error().text = why;
    }
    if (!server.session)
        return server;
    const auto root = server.session->search(base_of("", root_attributes));
    server.root_read_at = std::chrono::system_clock::now();
    server.answers = root.has_value();
    if (root && !root->entries.empty())
        server.root_dse = root->entries.front();
    if (!root)
        server.session = std::unexpected(root.error());
    return server;
}

void Examination::bind_account()
{
    const directory::BindAccount& account = ldap().bind;
    if (account.dn.empty())
        return;
    const auto password = read_secret_file(account.password_file);
    if (!password)
        return; // the configuration would not have been read
    for (Server& server : *servers_)
        if (server.session && (server.bound = daemon().refusal_by(server.name)))
            return; // it tries again by itself when the secret changes, and each attempt counts
    for (Server& server : *servers_) {
        if (!server.session)
            continue;
        auto answer = server.session->bind(account.dn, *password);
        if (!answer) {
            server.session = std::unexpected(std::move(answer.error()));
            continue;
        }
        server.bound = std::move(answer->result);
        if (server.bound->code == LDAP_INVALID_CREDENTIALS)
            return; // elsewhere it would count again
    }
}

Server* Examination::working()
{
    const bool anonymous = ldap().bind.dn.empty();
    const auto found = std::ranges::find_if(servers(), [&](const Server& server) {
        return server.session && (anonymous || (server.bound && server.bound->code == LDAP_SUCCESS));
    });
    return found == servers_->end() ? nullptr : &*found;
}

Make Examination::make()
{
    if (active_directory() == nullptr)
        return Make::openldap;
    const bool samba = std::ranges::any_of(
        servers(), [](const Server& server) { return server.root_dse.first("vendorName").starts_with("Samba"); });
    return samba ? Make::samba : Make::windows;
}

// --- Searches

Result<directory::SearchAnswer> Examination::ask(const SearchRequest& request)
{
    Server* const server = working();
    if (server == nullptr)
        return unavailable("no server serves the account that searches");
    return server->session->search(request);
}

Result<std::vector<Entry>> Examination::find(const SearchRequest& request)
{
    auto answer = ask(request);
    if (!answer)
        return std::unexpected(std::move(answer.error()));
    if (answer->result.code != LDAP_SUCCESS && answer->result.code != LDAP_SIZELIMIT_EXCEEDED)
        return unavailable("the search in \"" + request.base +
                           "\" fails: " + directory::describe_result(answer->result.code) +
                           (answer->result.diagnostic.empty() ? "" : ": " + answer->result.diagnostic));
    return std::move(answer->entries);
}

Result<std::optional<Entry>> Examination::read(const std::string& dn, std::vector<std::string> attributes,
                                               bool deleted_too)
{
    SearchRequest request = base_of(dn, std::move(attributes));
    request.deleted_too = deleted_too;
    auto answer = ask(request);
    if (!answer)
        return std::unexpected(std::move(answer.error()));
    if (answer->entries.empty())
        return std::nullopt;
    return std::move(answer->entries.front());
}

std::string Examination::domain()
{
    const Server* const server = working();
    return server == nullptr ? "" : std::string(server->root_dse.first("defaultNamingContext"));
}

const std::optional<Account>& Examination::account()
{
    if (account_)
        return *account_;
    account_.emplace();
    const std::string& name = ldap().bind.dn;
    if (name.empty() || working() == nullptr)
        return *account_;
    std::optional<Entry> entry;
    if (is_dn(name)) {
        if (auto found = read(name, account_attributes); found && *found)
            entry = std::move(**found);
    } else if (auto found = find({.base = domain(),
                                  .filter = account_filter(name),
                                  .attributes = account_attributes,
                                  .max_entries = 2});
               found && found->size() == 1) {
        entry = std::move(found->front());
    }
    if (entry)
        *account_ = Account{entry->dn, std::string(entry->first("sAMAccountName")), std::move(*entry)};
    return *account_;
}

const Result<std::vector<Entry>>& Examination::sample()
{
    if (sample_)
        return *sample_;
    const auto* const ad = active_directory();
    // Administrators' accounts do not inherit what is granted at the domain, so what can be read of them says nothing.
    SearchRequest request =
        ad ? SearchRequest{.base = ad->base.empty() ? domain() : ad->base,
                           .filter = "(&" + ad->people_filter + "(!(adminCount=1))(!(isCriticalSystemObject=TRUE)))",
                           .attributes = {"sAMAccountName", "userAccountControl", "msDS-User-Account-Control-Computed",
                                          "badPwdCount", "pwdLastSet", "accountExpires", "memberOf", "uSNChanged",
                                          "objectGUID", "objectSid", "primaryGroupID"}}
           : SearchRequest{.base = openldap()->people_base,
                           .filter = openldap()->people_filter,
                           .attributes = {openldap()->name_attribute, "entryUUID", "memberOf"}};
    request.max_entries = sample_size;
    sample_ = find(request);
    if (*sample_ && account()) // it may see more of itself than of others
        std::erase_if(**sample_, [&](const Entry& entry) { return directory::same_dn(entry.dn, account()->dn); });
    return *sample_;
}

} // namespace gatehouse::doctor
