#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "identity/exchange.hpp"
#include "wire/dovecot_fields.hpp"
#include "wire/wire_error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

// The server's side of Dovecot's authentication client protocol, version 1.2: what Dovecot's login processes, Postfix,
// Exim and others speak to the socket auth-client. Pure functions on lines; LineBuffer collects the lines.
// Source: Dovecot's auth_protocol document (1.2), src/lib-auth and src/auth of 2.3; Postfix xsasl_dovecot_server.c.

namespace gatehouse::wire
{

inline constexpr std::uint32_t dovecot_auth_major = 1;
inline constexpr std::uint32_t dovecot_auth_minor = 2;

/// Room for the longest password in base64 and every parameter beside it, in bytes. Dovecot itself stops at 16,384.
inline constexpr std::size_t max_dovecot_auth_line = 128 * 1024;

/// VERSION: the peer's. Minor 0 (Postfix, Exim) means that it cannot be told a temporary failure.
struct DovecotVersion {
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
};

/// CPID: the client's process id, which ends its handshake. Master's REQUEST names it again.
struct DovecotClientPid {
    std::uint32_t pid = 0;
};

/// AUTH: a login begins. The strings are as they came, unescaped; an absent parameter is empty or 0.
struct DovecotAuthBegin {
    std::uint32_t id = 0;
    std::string mechanism;
    std::string service;
    std::string local_address;  ///< lip
    std::string remote_address; ///< rip
    std::uint32_t local_port = 0;
    std::uint32_t remote_port = 0;
    std::string local_name;                ///< the name that the client asked for in TLS
    std::string session;                   ///< for correlation in logs only
    std::string certificate_name;          ///< cert_username: whom the client's certificate names, as Dovecot reads it
    bool valid_client_certificate = false; ///< Dovecot has verified it
    bool secured = false;                  ///< the person's connection is encrypted, or local
    bool nologin = false;                  ///< the client only authenticates: no master will ask for this login
    bool final_response = false;           ///< the client takes resp= in OK
    std::optional<Secret> response;        ///< the initial response, decoded; unset: none came
};

/// CONT: the answer to a challenge, decoded.
struct DovecotAuthContinue {
    std::uint32_t id = 0;
    Secret response;
};

/// CANCEL: the client has lost interest. Version 1.2 sends no answer.
struct DovecotCancel {
    std::uint32_t id = 0;
};

/// An AUTH or CONT whose response cannot be taken: only this id fails, the connection goes on (CVE-2025-59028).
/// `malformed`: not base64, or something came after it. `out_of_memory`: a temporary failure.
struct DovecotFault {
    std::uint32_t id = 0;
    WireError why = WireError::malformed;
};

using DovecotClientLine =
    std::variant<DovecotVersion, DovecotClientPid, DovecotAuthBegin, DovecotAuthContinue, DovecotCancel, DovecotFault>;

/// Parses one line of a client, without its LF. Errors, after which the connection is closed: `wrong_version` for
/// another major version; `malformed` for an unknown command, an id that is no 32-bit number or a missing mechanism.
Result<DovecotClientLine, WireError> parse_dovecot_client_line(const Secret& line);

/// What the server says at once when a client connects. `connection` is unique while the server runs; `cookie` is 32
/// hexadecimal digits, random for each connection, which master's REQUEST must show.
std::string dovecot_greeting(std::span<const Mechanism* const> mechanisms, std::uint32_t server_pid,
                             std::uint32_t connection, std::string_view cookie);

/// A challenge. Empty for a mechanism whose client speaks first.
std::string dovecot_cont(std::uint32_t id, std::string_view challenge);

/// The login is Granted. `user` is what the client takes for the person from now on.
std::string dovecot_ok(std::uint32_t id, std::string_view user, std::span<const DovecotField> fields = {});

/// What FAIL tells a client beside "no".
enum class DovecotFailCode : std::uint8_t { none, temp_fail, authz_fail, user_disabled, pass_expired };

struct DovecotFail {
    std::string user{};   ///< as the client gave it; empty: not known
    std::string reason{}; ///< shown to the person; empty: the client's own words
    DovecotFailCode code = DovecotFailCode::none;
};

/// The login failed. Codes are spelled for the client's `minor` version: before 2 also as the bare words of
/// Dovecot 2.2. A client of minor 0 (Postfix, Exim) takes every FAIL for a wrong password: on an outage close instead.
std::string dovecot_fail(std::uint32_t id, const DovecotFail& fail, std::uint32_t minor = dovecot_auth_minor);

} // namespace gatehouse::wire
