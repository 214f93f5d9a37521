#pragma once

#include "base/result.hpp"
#include "wire/dovecot_auth.hpp"
#include "wire/dovecot_fields.hpp"
#include "wire/wire_error.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// The server's side of Dovecot's master protocol, version 1.1: what Dovecot's imap, pop3, lmtp and doveadm speak to the
// sockets auth-master and auth-userdb. It carries names and accounts, never a password. Pure functions on lines.
// Source: Dovecot's auth_protocol document (1.2, "Server <-> Master"), src/auth/auth-master-connection.c and
// src/lib-auth/auth-master.c of 2.3.

namespace gatehouse::wire
{

inline constexpr std::uint32_t dovecot_master_major = 1;
inline constexpr std::uint32_t dovecot_master_minor = 1;

/// Bytes of a line; Dovecot's own server stops at 1,024.
inline constexpr std::size_t max_dovecot_userdb_line = 8 * 1024;

/// REQUEST: the account of a login that a client made on its own connection. Granted only while the login (client_pid,
/// client_id) is kept and the cookie is the one of that connection.
struct DovecotLoginRequest {
    std::uint32_t id = 0;
    std::uint32_t client_pid = 0;
    std::uint32_t client_id = 0; ///< the id of its AUTH
    std::string cookie;          ///< 32 hexadecimal digits; a caller compares them in constant time
    std::vector<DovecotField> fields;
};

/// USER: the account of anybody; PASS: what a passdb knows of them (Dovecot's proxies ask).
struct DovecotPersonRequest {
    enum class Kind : std::uint8_t { user, pass };

    std::uint32_t id = 0;
    Kind kind = Kind::user;
    std::string login;
    std::string service;
    std::string remote_address; ///< rip
    std::vector<DovecotField> fields;
};

/// LIST: every account, which `doveadm user '*'` asks for.
struct DovecotListRequest {
    std::uint32_t id = 0;
};

/// CACHE-FLUSH: forget what is cached of these logins; none named: of everybody.
struct DovecotFlushRequest {
    std::uint32_t id = 0;
    std::vector<std::string> logins;
};

using DovecotMasterLine =
    std::variant<DovecotVersion, DovecotLoginRequest, DovecotPersonRequest, DovecotListRequest, DovecotFlushRequest>;

/// Parses one line of a master, without its LF. Errors, after which the connection is closed: `wrong_version`;
/// `malformed` for an unknown command, a number that is none, a cookie that is no 32 hexadecimal digits, or an empty
/// login.
Result<DovecotMasterLine, WireError> parse_dovecot_master_line(std::string_view line);

/// What the server says at once when a master connects.
std::string dovecot_master_greeting(std::uint32_t server_pid);

/// The answer to REQUEST and USER: the mailbox name, then uid=, gid=, home= and others.
std::string dovecot_user(std::uint32_t id, std::string_view user, std::span<const DovecotField> fields);
/// The answer to PASS.
std::string dovecot_pass(std::uint32_t id, std::string_view user, std::span<const DovecotField> fields = {});
/// Nobody has this name. Never the answer to an outage: an MTA would bounce the mail.
std::string dovecot_not_found(std::uint32_t id);
/// An internal or temporary failure, or a REQUEST for a login that is not kept.
std::string dovecot_lookup_failed(std::uint32_t id, std::string_view reason = {});
/// Ends a LIST that cannot be served, as Dovecot does where its userdb cannot iterate.
std::string dovecot_list_failed(std::uint32_t id);
/// The answer to CACHE-FLUSH: how many entries went.
std::string dovecot_flushed(std::uint32_t id, std::uint32_t count);

// The master's side, for tests and load.

/// A request line with its LF.
std::string encode_dovecot_master(const DovecotMasterLine& line);

/// One line of the server: VERSION, SPID, USER, PASS, NOTFOUND, FAIL, LIST, DONE, OK.
struct DovecotMasterReply {
    std::string command;
    std::uint32_t id = 0;            ///< of VERSION: the major version; of SPID: the process id
    std::vector<std::string> values; ///< what follows the id, unescaped
};

/// Parses one line of a server, without its LF. Error: `malformed`.
Result<DovecotMasterReply, WireError> parse_dovecot_master_reply(std::string_view line);

} // namespace gatehouse::wire
