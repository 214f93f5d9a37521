#pragma once

#include "base/result.hpp"
#include "kerberos/krb5_handles.hpp"

#include <functional>
#include <string>
#include <vector>

namespace gatehouse::kerberos
{

/// Opens a keytab file. Error: `invalid`, with the file's name and the cure, when it is missing, not a regular file,
/// readable or writable by others, or not a keytab.
Result<void> open_keytab(krb5_context context, const std::string& file, Keytab& keytab);

/// Calls `take` with each entry, which is freed after it. Error: `invalid` when the file cannot be read to its end.
Result<void> for_each_entry(krb5_context context, const std::string& file, krb5_keytab keytab,
                            const std::function<void(krb5_keytab_entry&)>& take);

/// The principals of `realm` in the keytab, `host/...` before the others, otherwise in the file's order. Error:
/// `invalid` when there is none.
Result<std::vector<std::string>> services_in(krb5_context context, const std::string& file, krb5_keytab keytab,
                                             const std::string& realm);

} // namespace gatehouse::kerberos
