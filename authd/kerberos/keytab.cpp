#include "kerberos/keytab.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gatehouse::kerberos
{

namespace
{
std::string how_to_make(const std::string& file)
{
    return "; make one with a key of a service principal of this host: at MIT Kerberos kadmin -q \"ktadd -k " + file +
           " host/NAME\", at Samba samba-tool domain exportkeytab " + file +
           " --principal=host/NAME, at Windows ktpass /out FILE /princ host/NAME@REALM /mapuser ACCOUNT /crypto "
           "AES256-SHA1 /ptype KRB5_NT_PRINCIPAL /rndpass";
}

/// Also false at the end of the file; anything else that ends the reading is an error of `code`.
bool next_entry(krb5_context context, krb5_keytab keytab, krb5_kt_cursor& cursor, krb5_keytab_entry& entry,
                krb5_error_code& code)
{
    code = krb5_kt_next_entry(context, keytab, &entry, &cursor);
    if (code == KRB5_KT_END)
        code = 0;
    else if (code == 0)
        return true;
    return false;
}
} // namespace

Result<void> open_keytab(krb5_context context, const std::string& file, Keytab& keytab)
{
    struct stat status{};
    if (file.empty())
        return invalid("no keytab is configured" + how_to_make("FILE"));
    if (::stat(file.c_str(), &status) != 0)
        return invalid(file + ": cannot read the keytab: " + std::strerror(errno) + how_to_make(file));
    if (!S_ISREG(status.st_mode))
        return invalid(file + ": not a regular file (expected a keytab)");
    if ((status.st_mode & (S_IRWXO | S_IWGRP)) != 0)
        return invalid(file +
                       ": others may read or change it, and who has its key can pose as a KDC; expected mode "
                       "0600 or 0640: chmod g-w,o= " +
                       file);
    if (const krb5_error_code code = krb5_kt_resolve(context, ("FILE:" + file).c_str(), keytab.out()); code != 0)
        return invalid(file + ": " + words_of(context, code));
    return {};
}

Result<void> for_each_entry(krb5_context context, const std::string& file, krb5_keytab keytab,
                            const std::function<void(krb5_keytab_entry&)>& take)
{
    krb5_kt_cursor cursor{};
    if (const krb5_error_code code = krb5_kt_start_seq_get(context, keytab, &cursor); code != 0)
        return invalid(file + ": cannot read the keytab: " + words_of(context, code) + how_to_make(file));
    krb5_keytab_entry entry{};
    krb5_error_code code = 0;
    while (next_entry(context, keytab, cursor, entry, code)) {
        take(entry);
        krb5_kt_free_entry(context, &entry);
    }
    krb5_kt_end_seq_get(context, keytab, &cursor);
    if (code != 0)
        return invalid(file + ": the keytab is damaged: " + words_of(context, code) + how_to_make(file));
    return {};
}

Result<std::vector<std::string>> services_in(krb5_context context, const std::string& file, krb5_keytab keytab,
                                             const std::string& realm)
{
    std::vector<std::string> hosts;
    std::vector<std::string> others;
    const auto read = for_each_entry(context, file, keytab, [&](krb5_keytab_entry& entry) {
        std::string name = name_of(context, entry.principal);
        std::vector<std::string>& kind = name.starts_with("host/") ? hosts : others;
        if (view(entry.principal->realm) == realm && std::ranges::find(kind, name) == kind.end())
            kind.push_back(std::move(name));
    });
    if (!read)
        return std::unexpected(read.error());
    hosts.insert(hosts.end(), others.begin(), others.end());
    if (hosts.empty())
        return invalid(file + ": no key of realm " + realm + how_to_make(file));
    return hosts;
}

} // namespace gatehouse::kerberos
