#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "wire/wire_error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The mail protocols as far as a front end speaks them itself: to a client until the person is known (Front), and to a
/// store until they are logged in there (Back). Bytes in, actions out; no socket, no clock.
namespace gatehouse::codec
{

/// Write these bytes to the client.
struct Send {
    std::string bytes;
};
/// Once all is sent: begin TLS, then call `secured`.
struct StartTls {
};
/// Is this the person's password? Answered by `refuse` or `welcome`.
struct CheckPassword {
    std::string login;
    Secret password;
};
/// Begin a SASL exchange (RFC 4422). Answered by `challenge`, `refuse` or `welcome`.
struct BeginExchange {
    std::string mechanism;
    std::optional<Secret> initial; ///< nothing: no initial response; empty: an empty one
};
/// The client's answer to the last challenge; answered as BeginExchange is.
struct ExchangeStep {
    Secret response;
};
/// The client gave the exchange up, or broke it: forget it. The client was told.
struct CancelExchange {
};
/// Once all is sent: close.
struct Close {
};
using FrontAction = std::variant<Send, StartTls, CheckPassword, BeginExchange, ExchangeStep, CancelExchange, Close>;

/// Why somebody is not logged in, as the client's protocol can say it.
enum class Refusal : std::uint8_t {
    failed,         ///< name or password is wrong, or no more may be told
    expired,        ///< the password or the account is over
    not_authorized, ///< the password was right; the service or the name to act for is not theirs
    contact_admin,  ///< the password was right; the account is disabled, locked or restricted
    unavailable,    ///< nothing is known about the password: an outage
};

/// Why the front end ends a connection.
enum class Farewell : std::uint8_t {
    too_slow, ///< the time before login is over
    too_many, ///< connections or attempts
    shutting_down,
    no_longer_allowed, ///< the person's account or permission ended
};

/// What a client may be told and held to. Lives as long as the fronts that were made with it; not changed meanwhile.
struct FrontSettings {
    std::string host = "localhost";      ///< in greetings
    std::vector<std::string> mechanisms; ///< SASL names that authd serves here
    bool starttls = false;               ///< the client may begin TLS
    bool passwords_in_clear = false;     ///< logins without TLS are taken: for loopback
    std::size_t max_response = 131'072;  ///< bytes of a line: it may carry a SASL message in base64
    std::size_t max_literal = 4096;      ///< bytes of a name or a password in an IMAP literal
    std::size_t max_commands = 100;      ///< before login; more ends the connection
    std::size_t max_failures = 5;        ///< refused logins; then the connection ends
};

/// What a server behind us says that it can do, as its own lines (EHLO keywords, ManageSieve capabilities): clients of
/// protocols that tell it before the login are told the same, where it depends on that server.
using BackendLines = std::vector<std::string>;

/// What the client's connection is like, which decides what is offered.
struct Channel {
    bool secure = false;      ///< TLS runs
    bool bindings = false;    ///< ... and its channel bindings are known: -PLUS
    bool certificate = false; ///< ... and the client has shown a certificate that was verified: EXTERNAL
};

/// The mechanisms of `settings` that may be used on this channel, in their order.
std::vector<std::string_view> usable_mechanisms(const FrontSettings& settings, const Channel& channel);

/// The server's side of one mail protocol up to the login. After CheckPassword, BeginExchange or ExchangeStep `next`
/// gives nothing until the answer came; what the client sends meanwhile is kept, up to its limit. Used by one
/// coroutine at a time.
class Front
{
public:
    virtual ~Front() = default;

    /// The greeting, once, before anything is fed; after `secured` where TLS runs from the beginning.
    virtual void greet() = 0;
    /// Takes the client's bytes, in pieces of any size; the caller wipes its own. Error: `out_of_memory` or
    /// `too_long` (more than its limit is held back: the client does not wait for answers); final.
    virtual Result<void, wire::WireError> feed(std::span<const std::uint8_t> bytes) = 0;
    /// What is to be done next; nothing: more bytes or an answer are needed.
    virtual std::optional<FrontAction> next() = 0;

    /// TLS runs since StartTls, or from the beginning (then called first). What came before is forgotten.
    virtual void secured(const Channel& channel) = 0;
    /// authd's challenge: bytes, in no encoding.
    virtual void challenge(std::string_view bytes) = 0;
    /// The login failed. `text` may be told to the person.
    virtual void refuse(Refusal why, std::string_view text) = 0;
    /// The person is logged in at the store, which said `told` (see Back::Done): what the client must be sent.
    virtual std::string welcome(std::string_view told) = 0;
    /// What the client has sent beyond its login: the store's to read.
    virtual Secret rest() = 0;
    /// POP3: the client has asked for UTF-8 (RFC 6856), which the store must be told before the login.
    virtual bool utf8() const { return false; }
    /// SMTP: how the client calls itself. Else empty.
    virtual std::string_view helo() const { return {}; }
    /// The last words for a client who is not logged in yet; may be empty.
    virtual std::string farewell(Farewell why) const = 0;
};

} // namespace gatehouse::codec
