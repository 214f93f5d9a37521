#include "doctor/cures.hpp"

#include "directory/ad_person.hpp"
#include "directory/ldap_handle.hpp"

namespace gatehouse::doctor
{

namespace
{
std::string or_placeholder(const std::string& account)
{
    return account.empty() ? "ACCOUNT" : account;
}

constexpr std::string_view class_user = "bf967aba-0de6-11d0-a285-00aa003049e2"; // MS-ADSC section 2.263

/// The account that searches, as dsacls takes it.
std::string trustee(Examination& examination)
{
    const std::string& domain = examination.realm().names.netbios;
    const auto& account = examination.account();
    return (domain.empty() ? "" : domain + '\\') + or_placeholder(account ? account->name : "");
}

/// S-1-5-21-..., MS-DTYP section 2.4.2.1, from the bytes of objectSid.
std::string sid_text(std::string_view bytes)
{
    const auto byte = [&](std::size_t at) { return std::uint64_t{static_cast<std::uint8_t>(bytes[at])}; };
    if (bytes.size() < 8 || bytes.size() != 8 + 4 * byte(1))
        return {};
    std::uint64_t authority = 0;
    for (std::size_t at = 2; at < 8; ++at)
        authority = authority << 8 | byte(at);
    std::string text = "S-" + std::to_string(byte(0)) + '-' + std::to_string(authority);
    for (std::size_t at = 8; at < bytes.size(); at += 4)
        text += '-' + std::to_string(byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16 | byte(at + 3) << 24);
    return text;
}

/// What an access list calls an attribute.
std::string schema_id(Examination& examination, const std::string& attribute)
{
    const Server* const server = examination.working();
    const auto found = examination.find(
        {.base = server ? std::string(server->root_dse.first("schemaNamingContext")) : "",
         .filter = "(&(objectClass=attributeSchema)(lDAPDisplayName=" + directory::escape_filter(attribute) + "))",
         .attributes = {"schemaIDGUID"},
         .max_entries = 1});
    return found && !found->empty() ? directory::guid_text(found->front().first("schemaIDGUID")) : "";
}
} // namespace

std::string without_realm(std::string_view principal)
{
    return std::string(principal.substr(0, principal.rfind('@')));
}

Cure export_key(Make make, const std::string& file, const std::string& principal, const std::string& account)
{
    const std::string service = without_realm(principal);
    const std::string in_place = "copy new.keytab to " + file +
                                 " with the owner and mode of that; if that holds other services' keys, too, merge "
                                 "them first (ktutil: rkt, rkt, wkt)";
    switch (make) {
    case Make::samba:
        return {"samba-tool domain exportkeytab new.keytab --principal=" + service + "      # on the domain controller",
                in_place};
    case Make::windows:
        return {"ktpass /out new.keytab /princ " + principal + " /mapuser " + or_placeholder(account) +
                    " /crypto AES256-SHA1 /ptype KRB5_NT_PRINCIPAL /rndpass      # the account gets a new password",
                in_place};
    case Make::openldap: break;
    }
    return {"kadmin -q \"ktadd -k " + file + ' ' + service + '"'};
}

Cure add_service_name(Make make, const std::string& service, const std::string& account)
{
    switch (make) {
    case Make::samba:
    case Make::windows: {
        Cure cure{(make == Make::samba ? "samba-tool spn add " : "setspn -S ") + service + ' ' +
                  or_placeholder(account)};
        if (account.empty())
            cure.emplace_back("ACCOUNT is the one that the keytab was made for");
        return cure;
    }
    case Make::openldap: break;
    }
    return {"kadmin -q \"addprinc -randkey " + service + '"'};
}

Cure remove_service_name(Make make, const std::string& service, const std::string& account)
{
    if (make == Make::samba)
        return {"samba-tool spn delete " + service + ' ' + or_placeholder(account)};
    return {"setspn -D " + service + ' ' + or_placeholder(account)};
}

Cure allow_aes(Make make, const std::string& file, const std::string& service, const std::string& account)
{
    Cure cure;
    if (make == Make::samba)
        cure = {"samba-tool user edit " + or_placeholder(account) +
                    "      # and write: msDS-SupportedEncryptionTypes: 24",
                "samba-tool user setpassword " + or_placeholder(account) + " --random-password"};
    else if (make == Make::windows)
        cure = {"Set-ADUser " + or_placeholder(account) + " -KerberosEncryptionType AES128,AES256"};
    for (std::string& line : export_key(make, file, service, account))
        cure.push_back(std::move(line));
    return cure;
}

std::string delegation(Examination& examination)
{
    const std::string where = " of /usr/share/doc/gatehouse/active-directory";
    const auto& account = examination.account();
    return examination.make() == Make::samba ? "delegate-samba " + or_placeholder(account ? account->name : "") +
                                                   "      #" + where + ", on the domain controller, as root"
                                             : "delegate.ps1 -Account " + trustee(examination) + "      #" + where;
}

Cure grant_reading(Examination& examination, const std::string& container, bool deleted_objects)
{
    if (examination.make() == Make::samba)
        return {delegation(examination)};
    if (deleted_objects)
        return {"dsacls \"" + container + "\" /takeownership",
                "dsacls \"" + container + "\" /G " + trustee(examination) + ":LCRP"};
    return {"dsacls \"" + container + "\" /I:T /G " + trustee(examination) + ":LCRP"};
}

Cure grant_attributes(Examination& examination, const std::vector<std::string>& attributes)
{
    const auto& account = examination.account();
    const std::string domain = examination.domain();
    Cure cure;
    for (const std::string& attribute : attributes) {
        if (examination.make() != Make::samba) {
            cure.push_back("dsacls \"" + domain + "\" /I:S /G " + trustee(examination) + ":RP;" + attribute + ";user");
            continue;
        }
        const std::string sid = account ? sid_text(account->entry.first("objectSid")) : "";
        cure.push_back("samba-tool dsacl set --objectdn=\"" + domain + "\" --sddl=\"(OA;CIIO;RP;" +
                       schema_id(examination, attribute) + ';' + std::string(class_user) + ';' + sid + ")\"");
    }
    return cure;
}

} // namespace gatehouse::doctor
