#include "doctor/keytab_file.hpp"

#include "kerberos/krb5_handles.hpp"
#include "kerberos/private_profile.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace gatehouse::doctor
{

namespace
{
bool belongs_to(const passwd& user, gid_t group)
{
    std::array<gid_t, 256> groups{};
    int count = static_cast<int>(groups.size());
    ::getgrouplist(user.pw_name, user.pw_gid, groups.data(), &count);
    return std::ranges::find(groups.begin(), groups.begin() + std::min<int>(count, groups.size()), group) !=
           groups.begin() + std::min<int>(count, groups.size());
}

void judge_rights(KeytabFile& keytab, const struct stat& status, const std::string& reader)
{
    if ((status.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
        keytab.rights_trouble = "others may read or change it, and who has its key can read what is sent to the "
                                "service and pose as a KDC; authd refuses such a file";
        keytab.rights_cure = {"chmod g-w,o= " + keytab.file};
        return;
    }
    const passwd* const user = ::getpwnam(reader.c_str());
    if (user == nullptr || user->pw_uid == ::geteuid()) // then reading it tells
        return;
    const bool may =
        (status.st_uid == user->pw_uid && (status.st_mode & S_IRUSR) != 0) ||
        (status.st_uid != user->pw_uid && (status.st_mode & S_IRGRP) != 0 && belongs_to(*user, status.st_gid));
    if (may)
        return;
    keytab.rights_trouble = "the user " + reader + ", as whom authd runs, may not read it";
    keytab.rights_cure = {"chown root:" + reader + " " + keytab.file, "chmod 0640 " + keytab.file};
}

void read_keys(krb5_context context, KeytabFile& keytab)
{
    kerberos::Keytab handle(context);
    krb5_kt_cursor cursor{};
    krb5_error_code code = krb5_kt_resolve(context, ("FILE:" + keytab.file).c_str(), handle.out());
    if (code == 0)
        code = krb5_kt_start_seq_get(context, handle.get(), &cursor);
    if (code != 0) {
        keytab.trouble = kerberos::words_of(context, code);
        return;
    }
    krb5_keytab_entry entry{};
    while ((code = krb5_kt_next_entry(context, handle.get(), &entry, &cursor)) == 0) {
        keytab.keys.push_back({.principal = kerberos::name_of(context, entry.principal),
                               .realm = std::string(kerberos::view(entry.principal->realm)),
                               .kvno = entry.vno,
                               .enctype = entry.key.enctype,
                               .written = std::chrono::system_clock::from_time_t(
                                   static_cast<std::time_t>(static_cast<std::uint32_t>(entry.timestamp)))});
        krb5_kt_free_entry(context, &entry);
    }
    krb5_kt_end_seq_get(context, handle.get(), &cursor);
    if (code != KRB5_KT_END)
        keytab.trouble = "it is damaged: " + kerberos::words_of(context, code);
}
} // namespace

KeytabFile read_keytab(const std::string& file, const std::string& reader)
{
    KeytabFile keytab{.file = file, .keys = {}, .trouble = {}, .rights_trouble = {}, .rights_cure = {}};
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) {
        keytab.trouble = std::strerror(errno);
        return keytab;
    }
    if (!S_ISREG(status.st_mode)) {
        keytab.trouble = "not a regular file";
        return keytab;
    }
    judge_rights(keytab, status, reader);
    const auto context = kerberos::make_context();
    if (context)
        read_keys(context->get(), keytab);
    else
        keytab.trouble = context.error().text;
    return keytab;
}

std::vector<std::string> principals_of(const KeytabFile& keytab, const std::string& realm)
{
    std::vector<std::string> principals;
    for (const KeytabKey& key : keytab.keys)
        if (key.realm == realm && std::ranges::find(principals, key.principal) == principals.end())
            principals.push_back(key.principal);
    return principals;
}

std::vector<KeytabKey> newest_keys(const KeytabFile& keytab, const std::string& principal)
{
    std::vector<KeytabKey> keys;
    for (const KeytabKey& key : keytab.keys) {
        if (key.principal != principal || (!keys.empty() && key.kvno < keys.front().kvno))
            continue;
        if (!keys.empty() && key.kvno > keys.front().kvno)
            keys.clear();
        keys.push_back(key);
    }
    return keys;
}

std::string enctype_name(std::int32_t enctype)
{
    std::array<char, 100> name{};
    if (krb5_enctype_to_name(enctype, FALSE, name.data(), name.size()) == 0)
        return name.data();
    return "type " + std::to_string(enctype);
}

bool is_weak(std::int32_t enctype)
{
    return enctype == ENCTYPE_ARCFOUR_HMAC || enctype == ENCTYPE_ARCFOUR_HMAC_EXP || enctype == ENCTYPE_DES_CBC_CRC ||
           enctype == ENCTYPE_DES_CBC_MD4 || enctype == ENCTYPE_DES_CBC_MD5 || enctype == ENCTYPE_DES3_CBC_SHA1;
}

} // namespace gatehouse::doctor
