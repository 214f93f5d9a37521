#pragma once

#include "base/secret.hpp"
#include "identity/challenge_answer.hpp"
#include "identity/person.hpp"
#include "identity/reason.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

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

/// A Kerberos ticket that a key of ours has opened: its KDC vouches for the client.
struct TicketCredential {
    std::string login;          ///< the client's principal as text, for people to read
    std::string authzid;        ///< whom to act for; empty: oneself
    std::string name;           ///< the principal's name; empty when it has several components or none
    std::string kerberos_realm; ///< the principal's realm
    std::string sid;            ///< whom the ticket's PAC names, its signature verified; empty: it has none
    WallTime ends;              ///< the ticket's end
};

/// A proof that a SCRAM exchange has compared with what a realm keeps of the person's password.
struct VerifierCredential {
    std::string login;
    std::string authzid; ///< whom to act for; empty: oneself
    std::string realm;   ///< whose verifier it was; empty: nobody's
    std::string name;    ///< the person's short name there
    Reason proof;        ///< granted: it is right
    std::string why;     ///< for the administrator, where there was nothing to compare with
};

/// A client certificate that the caller has verified; believed from listeners with `may_external` only.
struct CertificateCredential {
    std::string login;              ///< the first of `names`, for people to read
    std::string authzid;            ///< whom to act for; empty: oneself
    std::vector<std::string> names; ///< login names that the certificate bears; all mean the same person
};

/// An answer to a challenge, not judged yet.
struct AnswerCredential {
    std::string login;   ///< whom it claims to be: DOMAIN\user
    std::string authzid; ///< whom to act for; empty: oneself
    std::shared_ptr<ChallengeAnswer> answer;
};

/// A store secret (wire/store_secret.hpp) where a password would stand: made by an authd for one login at one mail
/// store. The gate makes it of such a password before anything else looks at that.
struct StoreSecretCredential {
    std::string login;
    std::string authzid; ///< must be empty
    Secret secret;
};

/// What a login shows. Later mechanisms add their own alternatives.
using Credential = std::variant<PasswordCredential, ProvedName, TicketCredential, VerifierCredential,
                                CertificateCredential, AnswerCredential, StoreSecretCredential>;

/// The name that a credential claims.
inline const std::string& login_of(const Credential& credential)
{
    return std::visit([](const auto& shown) -> const std::string& { return shown.login; }, credential);
}

/// The name that a credential wants to act for; empty: its own.
inline const std::string& authzid_of(const Credential& credential)
{
    static const std::string nobody;
    return std::visit(
        [](const auto& shown) -> const std::string& {
            if constexpr (requires { shown.authzid; })
                return shown.authzid;
            else
                return nobody;
        },
        credential);
}

} // namespace gatehouse
