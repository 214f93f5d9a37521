#pragma once

#include "logins.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

// The clients of the bench. Each sends every login of `progress` once and returns when all are answered. One thread and
// poll(2) over few descriptors, requests encoded before the clock runs: the machine is shared with what is measured.
// Errors: `invalid` for a wrong verdict or an answer that does not parse; `unavailable` when the server says that it
// cannot decide, closes, or says nothing for `patience`.

namespace gatehouse::bench
{

inline constexpr std::chrono::seconds patience{20};

struct SaslauthdLoad {
    std::string socket;
    std::size_t at_once = 16; ///< requests under way; each has a connection of its own, as libsasl2 does it
    std::string service = "smtp";
};
Result<void> run(const SaslauthdLoad& load, Progress& progress);

struct DovecotLoad {
    std::string socket;
    std::size_t connections = 4;
    std::size_t in_flight = 32; ///< requests under way on each connection
    std::string service = "smtp";
};
/// PLAIN with an initial response and `nologin`, as SMTP servers ask. No client address: Dovecot would delay an address
/// that failed before.
Result<void> run(const DovecotLoad& load, Progress& progress);

struct BindLoad {
    std::string address; ///< IP address
    std::uint16_t port = 389;
    std::size_t connections = 8; ///< one bind under way on each; a connection is used again and again
    std::string dn;              ///< with {name} in it; names need no escaping
};
/// Simple binds in clear text, RFC 4511 section 4.2, without controls.
Result<void> run(const BindLoad& load, Progress& progress);

} // namespace gatehouse::bench
