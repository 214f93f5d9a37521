#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::wire
{

// What must be known of NTLM's messages before winbind judges them: which one it is, and whom it names. Libraries make
// and verify them. Source: MS-NLMP 2.2.1.

enum class NtlmType : std::uint8_t { negotiate = 1, challenge = 2, authenticate = 3 };

struct NtlmMessage {
    NtlmType type;
    std::string_view bytes; ///< from its signature to the end of the token
};

/// The NTLM message in a token, which may be wrapped in SPNEGO's. Nothing: there is none. Error: `invalid` for a
/// signature without a message, and for more than one: which of them a library would read is not ours to guess.
Result<std::optional<NtlmMessage>> find_ntlm_message(std::string_view token);

/// A NEGOTIATE_MESSAGE that stops before its optional fields, as old clients and curl send it, in the form that
/// gss-ntlmssp 1.2 takes: with these fields, empty, and without offers to sign, which no login uses and for which it
/// would settle on a version field that such a client's answer does not have. Any other message as it is. If a client
/// sent a MIC after such a message, it would not fit.
std::string in_library_form(const NtlmMessage& message);

/// Does this challenge settle on Unicode? Error: `invalid`.
Result<bool> speaks_unicode(std::string_view challenge);

/// Whom an AUTHENTICATE_MESSAGE claims to be: DOMAIN\user, or the user alone where there is no domain or the user is a
/// whole address. In UTF-8. Error: `invalid` when it does not parse, names nobody, or has anything but ASCII where
/// Unicode was not settled on: code pages are not told.
Result<std::string> claimed_login(std::string_view authenticate, bool unicode);

/// The domain that it claims, as winbind is asked for it; empty: none. Error: as above.
Result<std::string> claimed_domain(std::string_view authenticate, bool unicode);

} // namespace gatehouse::wire
