#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::edge
{

enum class Protocol : std::uint8_t { imap, pop3, submission, sieve };
inline constexpr std::array every_protocol{Protocol::imap, Protocol::pop3, Protocol::submission, Protocol::sieve};

/// The words that configuration, logs and audit use.
std::string_view name_of(Protocol protocol);

enum class TlsUse : std::uint8_t {
    none,     ///< clear text: on loopback, or behind somebody who does TLS
    starttls, ///< on the client's wish, and required before a login
    implicit, ///< from the first byte
};

/// ADDRESS:PORT or NAME:PORT.
struct Endpoint {
    std::string host;
    std::uint16_t port = 0;

    bool operator==(const Endpoint&) const = default;
};

struct Certificate {
    std::string chain; ///< file: the certificate, then its issuers
    std::string key;   ///< file
};

/// The TLS that clients see.
struct TlsSettings {
    std::vector<Certificate> certificates; ///< the first serves whoever asks for no name, or for an unknown one
    std::string client_ca;                 ///< file: who may sign clients' certificates; empty: none are asked for
    bool tls12 = true;                     ///< also TLS 1.2; never anything older
    bool session_tickets = true;
};

struct ListenerSettings {
    std::string name;
    Protocol protocol = Protocol::imap;
    Endpoint listen;
    TlsUse tls = TlsUse::starttls;
    std::string service; ///< that people log in to, as authd's rules name it
    std::vector<std::string> mechanisms = {"PLAIN", "LOGIN"};
    bool passwords_in_clear = false;
    std::vector<std::string> proxies; ///< networks whose PROXY protocol header is demanded and believed; empty: none
};

struct ProxyAccount {
    std::string user;
    std::string password_file;
};

/// How a server behind us is reached.
struct BackTls {
    TlsUse use = TlsUse::none;
    std::string ca_file; ///< empty: the system's
    std::string name;    ///< in its certificate; empty: the endpoint's host
};

struct StoreSettings {
    std::string name;                          ///< what authd's listener at the store calls it: `store`
    std::map<Protocol, Endpoint> endpoints;    ///< where it speaks each protocol
    std::map<Protocol, std::string> services;  ///< the name that the store gives each to its authd, where not as usual
    std::optional<ProxyAccount> proxy_account; ///< nothing: by store secret
    BackTls tls;
    bool proxy_protocol = false; ///< it wants to be told the client's address by PROXY protocol v2
    bool drain = false;          ///< takes nobody new where there is a choice
};

/// Where people's mail is: the first rule that knows decides.
struct PlacementRule {
    enum class By : std::uint8_t { mail_host, group, everyone };
    By by = By::everyone;
    std::string group;               ///< REALM\group or group; By::group only
    std::vector<std::string> stores; ///< one, or a pool of which each person keeps to one
};

struct EdgeLimits {
    std::size_t connections = 16'384;        ///< open at once
    std::size_t per_address = 500;           ///< of one client address (an institution's may hide many people)
    std::size_t per_person = 100;            ///< logged in
    std::chrono::milliseconds login{60'000}; ///< from connecting to being logged in
    std::chrono::milliseconds store{5'000};  ///< to connect to a store and log in there
    std::chrono::milliseconds authd{20'000}; ///< for authd to decide
    std::size_t max_failures = 5;            ///< refused logins on a connection
};

struct Settings {
    std::string log_level = "info";
    std::string authd = "/run/gatehouse/edge";
    std::string host; ///< in greetings; empty: the machine's name
    std::string metrics_listen;
    TlsSettings tls;
    std::vector<ListenerSettings> listeners;
    std::vector<StoreSettings> stores;
    std::vector<StoreSettings> submission; ///< the servers that take mail from people: one, or a pool
    std::vector<PlacementRule> placement;
    EdgeLimits limits;
    std::size_t workers = 0; ///< 0: as many as cores
    std::size_t secret_memory = 8 * 1024 * 1024;
    std::chrono::milliseconds shutdown{30'000}; ///< how long sessions may go on after SIGTERM
};

} // namespace gatehouse::edge
