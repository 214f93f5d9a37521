#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::sasl
{

/// Bytes of one message of a SCRAM client: both names at their longest, escaped, and as much beside them.
inline constexpr std::size_t max_scram_message = 12 * 1024;
inline constexpr std::size_t max_scram_nonce = 1024;

/// What a client says of binding the login to its TLS connection (RFC 5802, section 6).
enum class ScramBinding : std::uint8_t {
    unable,      ///< "n": the client cannot
    not_offered, ///< "y": it could, and believes that the server cannot
    used,        ///< "p="
};

/// client-first-message of RFC 5802, section 7.
struct ScramClientFirst {
    ScramBinding binding = ScramBinding::unable;
    std::string binding_type; ///< when used
    std::string gs2_header;   ///< up to its last comma, which comes again in the final message
    std::string authzid;      ///< decoded; empty: oneself
    std::string login;        ///< decoded
    std::string nonce;
    std::string bare; ///< what follows the header, which is signed
};

/// client-final-message.
struct ScramClientFinal {
    std::string channel; ///< decoded: the header, and the binding when it is used
    std::string nonce;
    std::string proof;         ///< decoded
    std::string without_proof; ///< what is signed
};

/// Read one message. Extensions that the client marks as optional are passed over, as section 5.1 wants it. Error:
/// `invalid`; a sentence that repeats nothing of the message.
Result<ScramClientFirst> parse_scram_client_first(std::string_view message);
Result<ScramClientFinal> parse_scram_client_final(std::string_view message);

} // namespace gatehouse::sasl
