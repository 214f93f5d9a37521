#pragma once

#include "base/blocking_pool.hpp"
#include "base/secret.hpp"
#include "identity/channel.hpp"
#include "identity/credential.hpp"
#include "identity/gss.hpp"
#include "identity/reason.hpp"
#include "identity/verifiers.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace gatehouse
{

enum class Runs : std::uint8_t {
    here,   ///< takes microseconds: a tenth of a millisecond where it works on keys and signatures
    blocks, ///< asks another program, which may not answer
};

/// The server's side of one SASL exchange: bytes in, actions out. Used by one thread at a time, not always the same.
class Exchange
{
public:
    struct Continue { ///< send this challenge
        std::string challenge;
    };
    struct Shown { ///< the exchange is over: the gate decides about this credential
        Credential credential;
        std::string last{}; ///< what the client must still be sent if it is granted; empty: nothing
    };
    struct Broken { ///< the message does not parse, or the secret memory is full (`out_of_memory`)
        std::string why;
        bool out_of_memory = false;
    };
    struct Unproved { ///< the message was read, and what it shows proves nobody; or nothing could be found out
        Reason reason;
        std::string why;
        std::string login{}; ///< whom it claimed to be; empty: not known
    };
    using Step = std::variant<Continue, Shown, Broken, Unproved>;

    virtual ~Exchange() = default;

    /// Takes the client's next message. `message` may be wiped by the callee.
    virtual Step step(Secret message) = 0;
    /// Where `step` should be run with this message, so that it holds up no other connection.
    virtual Runs runs(std::string_view message) const
    {
        static_cast<void>(message);
        return Runs::here;
    }
};

/// What exchanges stand on beyond their messages: part of an immutable configuration.
struct ExchangeMeans {
    std::shared_ptr<GssAcceptor> gss{};           ///< null: no realm has a keytab
    std::shared_ptr<const Verifiers> verifiers{}; ///< null: no realm keeps SCRAM verifiers
    BlockingPool* blocking = nullptr;             ///< for steps that block; outlives every exchange
    bool ntlm = false; ///< `gss` takes NTLM, and the listener offers it: it may also come inside of SPNEGO
};

/// A SASL mechanism: its registered name, what it is, and how to begin.
struct Mechanism {
    std::string_view name;
    bool plaintext;                 ///< shows the password to the server
    bool client_first;              ///< the client speaks first; without an initial response it gets an empty challenge
    bool needs_keytab;              ///< can only be offered where a realm has a keytab
    bool needs_verifiers = false;   ///< ... where a realm keeps SCRAM verifiers
    bool needs_binding = false;     ///< ... where the caller can tell channel bindings: at the native door
    bool needs_certificate = false; ///< ... where the caller may vouch for client certificates
    bool needs_winbind = false;     ///< ... where winbind speaks for a realm of Active Directory
    std::unique_ptr<Exchange> (*begin)(const ExchangeMeans& means, Channel channel);
};

} // namespace gatehouse
