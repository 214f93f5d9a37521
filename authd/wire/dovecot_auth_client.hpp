#pragma once

#include "wire/dovecot_auth.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// The client's side of Dovecot's authentication client protocol, for tests and load. Source: see dovecot_auth.hpp.

namespace gatehouse::wire
{

/// VERSION and CPID, which a client sends first. `minor` 0 is what Postfix and Exim say.
std::string dovecot_client_handshake(std::uint32_t client_pid, std::uint32_t minor = dovecot_auth_minor);

/// An AUTH line with its LF, the response in base64 at its end. Error: `out_of_memory`.
Result<Secret, WireError> encode_dovecot_auth(const DovecotAuthBegin& begin);
/// A CONT line with its LF. Error: `out_of_memory`.
Result<Secret, WireError> encode_dovecot_continue(std::uint32_t id, const Secret& response);
std::string encode_dovecot_cancel(std::uint32_t id);

/// MECH, SPID, CUID, COOKIE, DONE: the parts of the greeting that follow VERSION.
struct DovecotGreetingPart {
    std::string name;
    std::vector<std::string> values;
};

struct DovecotChallenge {
    std::uint32_t id = 0;
    std::string challenge; ///< decoded
};

/// OK or FAIL.
struct DovecotOutcome {
    std::uint32_t id = 0;
    bool ok = false;
    std::vector<DovecotField> fields;

    /// The value of a parameter; empty when it is absent or has none.
    std::string_view value(std::string_view name) const;
};

using DovecotServerLine = std::variant<DovecotVersion, DovecotGreetingPart, DovecotChallenge, DovecotOutcome>;

/// Parses one line of a server, without its LF. Errors: `wrong_version`, `malformed`, `out_of_memory`.
Result<DovecotServerLine, WireError> parse_dovecot_server_line(std::string_view line);

} // namespace gatehouse::wire
