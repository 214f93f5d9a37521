#pragma once

#include "base/secret.hpp"
#include "identity/person.hpp"
#include "identity/reason.hpp"
#include "kerberos/kdc_refusal.hpp"
#include "kerberos/keytab.hpp"
#include "kerberos/krb5_handles.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace gatehouse::kerberos
{

/// Whom a KDC is asked about.
struct ClientName {
    std::string user;
    bool enterprise = false; ///< user@suffix, which the KDC looks up (RFC 6806 section 5)

    bool operator==(const ClientName&) const = default;
};

/// One login at a KDC, as our side of the conversation: replies in, requests out, no I/O. libkrb5 makes and reads the
/// messages. First the AS exchange, in which at most one request lets the KDC count a wrong password, then a ticket for
/// our own service, then the proof by the keytab that the KDC knows our key.
///
/// begin and step compute for some milliseconds (PBKDF2). One thread at a time; it may be another one each time. Owns
/// all that it uses.
class AsExchange
{
public:
    struct Wish {
        std::string realm;
        std::string keytab;
        std::vector<ClientName> names;     ///< tried in turn while the KDC does not know them; not empty
        bool canonical = false;            ///< the KDC may answer for another name of the same account
        std::optional<AccountState> state; ///< what is known of the account
        Secret password;                   ///< neither empty nor with a NUL in it
    };

    /// Send this to a KDC, and give its reply to step().
    struct Ask {
        std::vector<std::uint8_t> request;
        bool counts = false;    ///< it shows whether the password is right: the KDC may count it
        bool elsewhere = false; ///< the KDC asked last says that it cannot serve
    };
    struct Decided {
        Judgement judgement;   ///< granted, a refusal or an outage
        std::string principal; ///< as the KDC calls the person; when granted
    };
    using Step = std::variant<Ask, Decided>;

    explicit AsExchange(Wish wish) : wish_(std::move(wish)) {}

    Step begin();
    Step step(std::span<const std::uint8_t> reply);

private:
    enum class Phase { password, ticket, stranger };

    Step begin_as();
    Step step_as(std::span<const std::uint8_t> reply);
    Step refused(const krb5_error& error);
    Step turn_stranger_away();
    Step begin_ticket();
    Step step_ticket(std::span<const std::uint8_t> reply);
    Step next_service(const std::string& why);
    Step prove();
    Step ask(krb5_error_code code, krb5_data& request, const krb5_data& realm, bool counts);
    Result<void> prepare();
    krb5_error_code set_up_as();
    krb5_error_code keep_ticket_granting_ticket();

    Wish wish_;
    Phase phase_ = Phase::password;
    std::size_t name_ = 0;    // of wish_.names
    std::size_t service_ = 0; // of services_
    std::size_t asked_ = 0;   // requests so far
    bool password_shown_ = false;
    std::int64_t skew_ = 0;
    std::vector<std::uint8_t> last_request_;
    std::string reached_;

    // The order matters: what is freed with the context stands below it.
    Krb5Context context_;
    std::vector<std::string> services_;
    std::optional<Principal> client_;
    std::optional<Keytab> keytab_;
    std::optional<AsOptions> options_;
    std::optional<AsSteps> as_;
    std::optional<MemoryCache> cache_;
    std::optional<TgsSteps> tgs_;
};

} // namespace gatehouse::kerberos
