#pragma once

#include "base/secret.hpp"
#include "wire/wire_error.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace gatehouse::codec
{

/// How to log in at a store, and for whom. Names have no control characters.
struct StoreWish {
    std::string user;       ///< the mailbox name, or the proxy account's
    std::string act_for{};  ///< SASL's authzid: the mailbox name, where `user` is a proxy account; empty: none
    Secret password;        ///< a store secret, or the proxy account's password
    std::string address{};  ///< the client's, to be told to stores that take it; empty: not known
    std::uint16_t port = 0; ///< the client's
    std::string helo{};     ///< SMTP: how the client calls itself
    bool utf8 = false;      ///< POP3: the client has asked for UTF-8
    bool only_look = false; ///< do not log in: what the server can do is all that is wanted
    bool starttls = false;  ///< begin TLS before the login; a store that does not offer it is not logged in at
};

/// Write these bytes to the store. Wiped by whoever writes them.
struct StoreSend {
    Secret bytes;
};
/// Once all is sent: begin TLS, then call `secured`.
struct StoreStartTls {
};
/// The person is logged in, or it was only looked.
struct StoreDone {
    std::string told{};               ///< for Front::welcome: IMAP: the store's capabilities; POP3: its last line
    std::vector<std::string> lines{}; ///< what the server says that it can do: BackendLines
};
/// They are not, and never will be on this connection.
struct StoreFailed {
    bool refused = false; ///< by the store's own decision; else it is out of order or away
    std::string why;      ///< for the administrator
};
using StoreAction = std::variant<StoreSend, StoreStartTls, StoreDone, StoreFailed>;

/// The client's side of one mail protocol up to the login at the store. Used by one coroutine at a time.
class Back
{
public:
    virtual ~Back() = default;

    /// Takes the store's bytes in pieces of any size; nothing after StoreDone or StoreFailed.
    virtual void feed(std::span<const std::uint8_t> bytes) = 0;
    /// What is to be done next; nothing: more bytes are needed.
    virtual std::optional<StoreAction> next() = 0;
    /// TLS runs since StoreStartTls. What came before is forgotten.
    virtual void secured() = 0;
    /// After StoreDone: what the store sent beyond it, the client's to read.
    virtual std::string rest() = 0;
};

} // namespace gatehouse::codec
