#pragma once

#include "base/secret.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace gatehouse
{

/// A name and a password, as SASL PLAIN and LOGIN, saslauthd, FTP and HTTP Basic show them.
struct PasswordCredential {
    std::string login;   ///< authentication identity, as given
    std::string authzid; ///< whom to act for; empty: oneself
    Secret password;
};

/// A name that the caller has proved by a mechanism of its own; believed from listeners with `may_admit` only.
struct ProvedName {
    std::string login;
};

/// What a login shows. Later mechanisms add their own alternatives.
using Credential = std::variant<PasswordCredential, ProvedName>;

/// The name that a credential claims.
inline const std::string& login_of(const Credential& credential)
{
    return std::visit([](const auto& shown) -> const std::string& { return shown.login; }, credential);
}

/// The server's side of one SASL exchange: bytes in, actions out, no I/O. Used by one coroutine at a time.
class Exchange
{
public:
    struct Continue { ///< send this challenge
        std::string challenge;
    };
    struct Shown { ///< the exchange is over: the gate decides about this credential
        Credential credential;
    };
    struct Broken { ///< the message does not parse, or the secret memory is full (`out_of_memory`)
        std::string why;
        bool out_of_memory = false;
    };
    using Step = std::variant<Continue, Shown, Broken>;

    virtual ~Exchange() = default;

    /// Takes the client's next message. `message` may be wiped by the callee.
    virtual Step step(Secret message) = 0;
};

/// A SASL mechanism: its registered name, what it is, and how to begin.
struct Mechanism {
    std::string_view name;
    bool plaintext;    ///< shows the password to the server
    bool client_first; ///< the client speaks first; without an initial response it gets an empty challenge
    std::unique_ptr<Exchange> (*begin)();
};

} // namespace gatehouse
