#pragma once

#include "base/result.hpp"
#include "identity/credential.hpp"
#include "identity/reason.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace gatehouse
{

/// Whom winbind has named after NTLM.
struct NtlmPerson {
    std::string login; ///< DOMAIN\user, for people to read
    std::string sid;
};

/// A security context of GSSAPI (RFC 2743) on the side that accepts it. Used by one thread at a time.
class GssContext
{
public:
    struct Going { ///< send the token; the client's next one is expected
        std::string token;
    };
    struct Established { ///< the client is proved; `token`, if there is one, completes the context on their side
        std::string token;
        std::variant<TicketCredential, NtlmPerson> client;
    };
    struct Failed {
        Reason reason;
        std::string why;     ///< for the administrator
        std::string login{}; ///< the principal, where it is known
    };
    using Step = std::variant<Going, Established, Failed>;

    virtual ~GssContext() = default;

    /// Takes the client's token. Computes for a tenth of a millisecond, or some more for a long ticket; with NTLM it
    /// asks winbind and may block for minutes.
    virtual Step step(std::string_view token) = 0;

    /// A message of an established context, signed and not encrypted.
    virtual Result<std::string> wrap(std::string_view message) = 0;
    /// Error: `invalid` when the message was not wrapped by the client of this context.
    virtual Result<std::string> unwrap(std::string_view message) = 0;
};

/// Which mechanisms of GSSAPI a client may use.
enum class GssOffer : std::uint8_t {
    kerberos,         ///< RFC 4121, as SASL's GSSAPI
    spnego,           ///< RFC 4178, with Kerberos inside
    spnego_with_ntlm, ///< the same, or with NTLM inside
    ntlm,             ///< MS-NLMP
};

/// Accepts security contexts with the keys of the configured keytabs, and by winbind. Thread-safe.
class GssAcceptor
{
public:
    virtual ~GssAcceptor() = default;

    virtual std::unique_ptr<GssContext> begin(GssOffer offer) = 0;
};

} // namespace gatehouse
