#pragma once

#include "base/scram_verifier.hpp"
#include "identity/login_name.hpp"
#include "identity/realm_names.hpp"
#include "identity/reason.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse
{

/// What is found under a login name. Whoever has none gets one that no password fits, always the same for a name, so
/// that a client cannot tell who exists; only an outage leaves it empty.
struct FoundVerifier {
    ScramVerifier verifier;
    /// granted: it is a person's. wrong_password: the person has none. unknown_person, ambiguous_name, or an outage.
    Reason reason = Reason::unknown_person;
    std::string why{};   ///< for the administrator
    std::string realm{}; ///< the person's, where there is one person
    std::string name{};  ///< their short name in the realm
};

/// The people of one realm whose passwords are kept as SCRAM verifiers, too. Thread-safe; looks in memory and never
/// blocks.
class VerifierSource
{
public:
    virtual ~VerifierSource() = default;
    virtual FoundVerifier find_verifier(const LoginName& name, ScramHash hash) const = 0;
};

/// Those of all realms. Immutable, part of a configuration.
class Verifiers
{
public:
    struct Realm {
        RealmNames names;
        std::shared_ptr<const VerifierSource> source; ///< null: the realm keeps none
    };
    explicit Verifiers(std::vector<Realm> realms);

    /// By a name in any form that logs in; `hint`: the realm that is meant, or empty. A name that no realm with
    /// verifiers may know gets a decoy of the first one.
    FoundVerifier find(std::string_view login, std::string_view hint, ScramHash hash) const;
    /// Does any realm keep verifiers?
    bool any() const;

private:
    const VerifierSource* source_of(const RealmNames* names) const;

    std::vector<RealmNames> names_;
    std::vector<std::shared_ptr<const VerifierSource>> sources_; // in the same order
};

} // namespace gatehouse
