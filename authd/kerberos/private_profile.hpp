#pragma once

#include "base/result.hpp"
#include "kerberos/krb5_handles.hpp"

namespace gatehouse::kerberos
{

/// A context of libkrb5 with a configuration of our own: neither /etc/krb5.conf nor the environment plays a part, and
/// nothing is looked up in DNS. Error: `unavailable` when libkrb5 cannot be set up.
Result<Krb5Context> make_context();

} // namespace gatehouse::kerberos
