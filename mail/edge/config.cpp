#include "edge/config.hpp"

#include "base/text.hpp"
#include "base/yaml_reader.hpp"
#include "edge/address_set.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

namespace gatehouse::edge
{

using yaml::Fields;
using yaml::Value;
using yaml::Word;
using namespace std::chrono_literals;

namespace
{

constexpr std::array<Word<Protocol>, 4> protocols{{{"imap", Protocol::imap},
                                                   {"pop3", Protocol::pop3},
                                                   {"submission", Protocol::submission},
                                                   {"sieve", Protocol::sieve}}};
constexpr std::array<Word<TlsUse>, 3> tls_uses{
    {{"none", TlsUse::none}, {"starttls", TlsUse::starttls}, {"implicit", TlsUse::implicit}}};

std::optional<Endpoint> read_endpoint(const Value& value)
{
    const auto text = value.text();
    if (!text)
        return std::nullopt;
    auto endpoint = parse_endpoint(*text);
    if (!endpoint)
        value.fault("expected HOST:PORT or [IPV6-ADDRESS]:PORT");
    return endpoint;
}

void read_tls(const Value& value, TlsSettings& tls)
{
    value.fields([&](Fields& fields) {
        if (const auto certificates = fields.require("certificates")) {
            for (const Value& item : certificates->items())
                item.fields([&](Fields& files) {
                    Certificate& certificate = tls.certificates.emplace_back();
                    files.demand("chain", certificate.chain, &Value::path_name);
                    files.demand("key", certificate.key, &Value::path_name);
                });
            if (certificates->items().empty())
                certificates->fault("expected at least one certificate");
        }
        fields.read("client_ca", tls.client_ca, &Value::path_name);
        fields.read("tls12", tls.tls12, &Value::boolean);
        fields.read("session_tickets", tls.session_tickets, &Value::boolean);
    });
}

void read_proxies(const Value& list, std::vector<std::string>& proxies)
{
    for (const Value& item : list.items())
        if (const auto text = item.text()) {
            proxies.push_back(*text);
            if (!AddressSet().add(*text))
                item.fault("expected an address or a network, such as 192.0.2.0/24");
        }
}

void read_listener(const Value& value, ListenerSettings& listener)
{
    value.fields([&](Fields& fields) {
        fields.demand("name", listener.name, &Value::text);
        fields.require("protocol");
        fields.read_word<Protocol>("protocol", listener.protocol, protocols);
        listener.service = listener.protocol == Protocol::pop3         ? "pop"
                           : listener.protocol == Protocol::submission ? "smtp"
                                                                       : std::string(name_of(listener.protocol));
        if (const auto listen = fields.require("listen"))
            listener.listen = read_endpoint(*listen).value_or(Endpoint{});
        fields.read_word<TlsUse>("tls", listener.tls, tls_uses);
        fields.read("service", listener.service, &Value::text);
        fields.read("mechanisms", listener.mechanisms, &Value::some_texts);
        fields.read("passwords_in_clear", listener.passwords_in_clear, &Value::boolean);
        if (const auto proxies = fields.find("proxy_protocol_from"))
            read_proxies(*proxies, listener.proxies);
        boost::system::error_code error;
        const auto address = boost::asio::ip::make_address(listener.listen.host, error);
        if (listener.passwords_in_clear && (error || !address.is_loopback()))
            fields.map().fault("passwords_in_clear is for loopback addresses only");
        if (listener.tls == TlsUse::none && !listener.passwords_in_clear)
            fields.map().fault("without TLS nobody can log in: say starttls or implicit");
    });
}

void read_listeners(const Value& list, Settings& settings)
{
    std::set<std::string> names;
    for (const Value& item : list.items()) {
        read_listener(item, settings.listeners.emplace_back());
        if (!names.insert(settings.listeners.back().name).second)
            item.fault("another listener has this name");
    }
    if (settings.listeners.empty())
        list.fault("expected at least one listener");
}

void read_back_tls(const Value& value, BackTls& tls)
{
    value.fields([&](Fields& fields) {
        fields.read_word<TlsUse>("use", tls.use, tls_uses);
        fields.read("ca_file", tls.ca_file, &Value::path_name);
        fields.read("name", tls.name, &Value::text);
    });
}

void read_proxy_account(const Value& value, StoreSettings& store)
{
    ProxyAccount& account = store.proxy_account.emplace();
    value.fields([&](Fields& fields) {
        fields.demand("user", account.user, &Value::text);
        fields.demand("password_file", account.password_file, &Value::path_name);
    });
}

void read_store(const Value& value, StoreSettings& store)
{
    value.fields([&](Fields& fields) {
        fields.demand("name", store.name, &Value::text);
        for (const auto& [word, protocol] : protocols)
            if (protocol != Protocol::submission)
                if (const auto endpoint = fields.find(word))
                    store.endpoints[protocol] = read_endpoint(*endpoint).value_or(Endpoint{});
        if (const auto services = fields.find("services"))
            services->fields([&](Fields& names) {
                for (const auto& [word, protocol] : protocols)
                    if (const auto name = names.find(word))
                        store.services[protocol] = name->text().value_or("");
            });
        if (const auto account = fields.find("proxy_account"))
            read_proxy_account(*account, store);
        if (const auto tls = fields.find("tls"))
            read_back_tls(*tls, store.tls);
        fields.read("proxy_protocol", store.proxy_protocol, &Value::boolean);
        fields.read("drain", store.drain, &Value::boolean);
        if (store.endpoints.empty())
            fields.map().fault("expected where the store is: imap, pop3 or sieve");
    });
}

void read_submission(const Value& list, Settings& settings)
{
    for (const Value& item : list.items())
        item.fields([&](Fields& fields) {
            StoreSettings& server = settings.submission.emplace_back();
            if (const auto endpoint = fields.require("server")) {
                server.endpoints[Protocol::submission] = read_endpoint(*endpoint).value_or(Endpoint{});
                server.name = endpoint->text().value_or("");
            }
            if (const auto tls = fields.find("tls"))
                read_back_tls(*tls, server.tls);
            fields.read("drain", server.drain, &Value::boolean);
        });
}

void read_store_names(const Value& list, const Settings& settings, std::vector<std::string>& stores)
{
    list.some_texts();
    for (const Value& item : list.items()) {
        const auto name = item.text();
        if (!name)
            continue;
        stores.push_back(*name);
        if (std::ranges::find(settings.stores, *name, &StoreSettings::name) == settings.stores.end())
            item.fault("no store is called \"" + *name + "\"");
    }
}

void read_placement(const Value& list, Settings& settings)
{
    static constexpr std::array<Word<PlacementRule::By>, 3> by{{{"mail-host", PlacementRule::By::mail_host},
                                                                {"group", PlacementRule::By::group},
                                                                {"everyone", PlacementRule::By::everyone}}};
    for (const Value& item : list.items())
        item.fields([&](Fields& fields) {
            PlacementRule& rule = settings.placement.emplace_back();
            fields.require("by");
            fields.read_word<PlacementRule::By>("by", rule.by, by);
            if (rule.by == PlacementRule::By::mail_host)
                return;
            if (rule.by == PlacementRule::By::group)
                fields.demand("group", rule.group, &Value::text);
            if (const auto stores = fields.require("stores"))
                read_store_names(*stores, settings, rule.stores);
        });
}

void read_limits(const Value& value, EdgeLimits& limits)
{
    value.fields([&](Fields& fields) {
        fields.read("connections", limits.connections, &Value::number, 1, 1'000'000);
        fields.read("per_address", limits.per_address, &Value::number, 1, 1'000'000);
        fields.read("per_person", limits.per_person, &Value::number, 1, 1'000'000);
        fields.read("login", limits.login, &Value::duration, 1s, 10min);
        fields.read("store", limits.store, &Value::duration, 100ms, 1min);
        fields.read("authd", limits.authd, &Value::duration, 1s, 1min);
        fields.read("failures", limits.max_failures, &Value::number, 1, 1000);
    });
}

void read_process(const Value& value, Settings& settings)
{
    value.fields([&](Fields& fields) {
        fields.read("workers", settings.workers, &Value::number, 0, 256);
        fields.read("secret_memory", settings.secret_memory, &Value::size, 256 * 1024, 1024 * 1024 * 1024);
        fields.read("shutdown", settings.shutdown, &Value::duration, 0ms, 24h);
    });
}

/// People go to the only store there is, unless rules say more.
void default_placement(Settings& settings)
{
    if (settings.placement.empty() && settings.stores.size() == 1)
        settings.placement.push_back({.stores = {settings.stores.front().name}});
}

void check_whole(const Value& top, const Settings& settings)
{
    const bool wants_tls =
        std::ranges::any_of(settings.listeners, [](const ListenerSettings& each) { return each.tls != TlsUse::none; });
    if (wants_tls && settings.tls.certificates.empty())
        top.fault("listeners use TLS: expected tls with certificates");
    const bool submits = std::ranges::any_of(
        settings.listeners, [](const ListenerSettings& each) { return each.protocol == Protocol::submission; });
    if (submits && settings.submission.empty())
        top.fault("a listener is for submission: expected the servers that take the mail (submission)");
    if (settings.placement.empty() && settings.stores.size() > 1)
        top.fault("there are several stores: expected rules that say where people's mail is (placement)");
}

void read_top(const Value& top, Settings& settings)
{
    top.fields([&](Fields& fields) {
        if (const auto log = fields.find("log"))
            yaml::read_log(*log, settings.log_level);
        fields.read("authd", settings.authd, &Value::path_name);
        fields.read("host", settings.host, &Value::text);
        if (const auto metrics = fields.find("metrics"))
            metrics->fields([&](Fields& keys) { keys.read("listen", settings.metrics_listen, &Value::text); });
        if (const auto tls = fields.find("tls"))
            read_tls(*tls, settings.tls);
        if (const auto stores = fields.find("stores"))
            for (const Value& item : stores->items())
                read_store(item, settings.stores.emplace_back());
        if (const auto submission = fields.find("submission"))
            read_submission(*submission, settings);
        if (const auto placement = fields.find("placement"))
            read_placement(*placement, settings);
        if (const auto listeners = fields.require("listeners"))
            read_listeners(*listeners, settings);
        if (const auto limits = fields.find("limits"))
            read_limits(*limits, settings.limits);
        if (const auto process = fields.find("process"))
            read_process(*process, settings);
        default_placement(settings);
        check_whole(top, settings);
    });
}

} // namespace

std::optional<Endpoint> parse_endpoint(std::string_view text)
{
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0)
        return std::nullopt;
    Endpoint endpoint{.host = std::string(text.substr(0, colon))};
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() || endpoint.port == 0)
        return std::nullopt;
    if (endpoint.host.starts_with('[') && endpoint.host.ends_with(']'))
        endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
    else if (endpoint.host.contains(':'))
        return std::nullopt;
    return endpoint;
}

std::string text_of(const Endpoint& endpoint)
{
    const bool v6 = endpoint.host.contains(':');
    return (v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

Result<Settings> read_settings(const std::string& file)
{
    return yaml::read_configuration<Settings>(file, read_top);
}

} // namespace gatehouse::edge
