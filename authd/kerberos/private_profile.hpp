#pragma once

#include "base/result.hpp"
#include "kerberos/krb5_handles.hpp"

#include <string>
#include <vector>

namespace gatehouse::kerberos
{

/// A context of libkrb5 with a configuration of our own: neither /etc/krb5.conf nor the environment plays a part, and
/// nothing is looked up in DNS. Error: `unavailable` when libkrb5 cannot be set up.
Result<Krb5Context> make_context();

/// How principals are named where `realm` is at home: its values of auth_to_local, as krb5.conf(5) has them.
struct LocalRules {
    std::string realm;
    std::vector<std::string> auth_to_local;
};

/// The same with these rules, and their realm as the default one. `rules` outlives the context.
Result<Krb5Context> make_context(const LocalRules& rules);

} // namespace gatehouse::kerberos
