#pragma once

#include <sasl/sasl.h>
#include <sasl/saslplug.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::sasl_plugins
{

/// How the host's SASL configuration wants authd to be asked. Where that is depends on the host: imapd.conf (each key
/// with `sasl_` before it), sasl/smtpd.conf of Postfix, sasl2/slapd.conf of OpenLDAP.
struct Settings {
    std::string socket;  ///< gatehouse_socket: a native listener with may_admit and may_find
    std::string service; ///< gatehouse_service; else the service that the host's connection has: imap, smtp, ldap
    std::string realm;   ///< gatehouse_realm: whose people names without a realm are; empty: authd's default
    int timeout_ms = 0;  ///< gatehouse_timeout: at most this long for an answer, in seconds there
    bool find = true;    ///< gatehouse_find: names that nothing has proved are made canonical, too

    /// gatehouse_mechanisms: the mechanisms that prove a person of the directory before the name is made canonical.
    std::string mechanisms;

    /// Is `mechanism` one of them?
    bool proves(std::string_view mechanism) const;
};

/// The server in whose process a plugin runs, by one of its connections: what it is configured to, and how it is told
/// things. Lives for one call of libsasl2.
class Host
{
public:
    explicit Host(const sasl_server_params_t& connection) : connection_(connection), utils_(*connection.utils) {}

    Settings settings() const;
    /// A key of its SASL configuration; `otherwise` where that says nothing.
    std::string option(const char* key, std::string_view otherwise) const;
    /// The mechanism of the exchange under way; empty in a plain check of a password.
    std::string mechanism() const;
    /// Where its client is; empty: not known.
    std::string client_address() const;

    /// A line for its log. `level`: SASL_LOG_ERR for what an administrator must mend, SASL_LOG_NOTE for the rest.
    void log(int level, const std::string& text) const;
    /// What it may tell its client: slapd sends it as it is, so it says no more than a person may know.
    void tell(const char* text) const;

private:
    const sasl_server_params_t& connection_;
    const sasl_utils_t& utils_;
};

/// The name without white space around it, as libsasl2 itself takes names. `length` 0: up to the NUL.
std::string_view trimmed(const char* name, unsigned length);

/// Writes a name and its length where libsasl2 wants it, with a NUL behind it. Error: SASL_BUFOVER.
int write_name(std::string_view name, char* out, unsigned out_max, unsigned* out_length);

} // namespace gatehouse::sasl_plugins
