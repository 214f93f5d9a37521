#pragma once

#include "base/result.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::kerberos
{

/// Names of a realm's own people for principals of Kerberos realms that have no directory here, by rules of
/// auth_to_local. libkrb5 reads and applies the rules (krb5_aname_to_localname); nothing of the machine's krb5.conf, no
/// plugin and no file plays a part. Thread-safe: principals are mapped one at a time, each in some microseconds.
class ForeignNames
{
public:
    /// `kerberos_realm`: the realm's own, for the rule DEFAULT. `rules`: as check_auth_to_local takes them; the first
    /// that is for a principal decides. Error: `unavailable` when libkrb5 cannot be set up.
    static Result<std::shared_ptr<const ForeignNames>> make(std::string kerberos_realm, std::vector<std::string> rules);
    ~ForeignNames();
    ForeignNames(const ForeignNames&) = delete;
    ForeignNames& operator=(const ForeignNames&) = delete;

    /// The short name that the rules make of a principal, as libkrb5 writes principals. Nothing: no rule is for it, or
    /// it has something in it that could pass for another one: a rule sees '@' and '/' inside a component as if they
    /// separated, and a text that ends at a NUL. Nor has anybody a name who is anonymous (RFC 8062).
    std::optional<std::string> name_of(const std::string& principal) const;

private:
    struct Libkrb5;
    explicit ForeignNames(std::unique_ptr<Libkrb5> libkrb5);

    std::unique_ptr<Libkrb5> libkrb5_;
};

} // namespace gatehouse::kerberos
