// The service names (SPNs) of the keytab in the domain: each at one account, and that one with AES keys.
#include "doctor/check.hpp"
#include "doctor/cures.hpp"

#include "directory/number.hpp"

namespace gatehouse::doctor
{

using directory::Entry;

namespace
{
constexpr std::uint32_t aes = 0x18; // MS-KILE section 2.2.7: AES128 and AES256

/// Calls `judge` with each principal of the realm's keytabs and its holders; says why where there are none to judge.
template <class Judge>
void for_each_principal(Examination& examination, Report& report, Judge judge)
{
    if (examination.keytabs().empty()) {
        report.ok({}, "no keytab is configured");
        return;
    }
    if (examination.working() == nullptr) {
        report.skip("nothing can be searched: see servers and bind-account");
        return;
    }
    bool any = false;
    for (const KeytabFile& keytab : examination.keytabs())
        for (const std::string& principal : principals_of(keytab, examination.realm().names.kerberos_realm)) {
            any = true;
            if (const auto& holders = examination.holders(principal))
                judge(keytab, principal, *holders);
            else
                report.skip(principal + ": " + holders.error().text);
        }
    if (!any)
        report.skip("no keys: see keytab");
}

/// Active Directory takes HTTP/x and others for HOST/x (sPNMappings): where there is a ticket, nothing is missing.
bool has_ticket(Examination& examination, const KeytabFile& keytab, const std::string& principal)
{
    const auto* const ticket = examination.ticket(principal, keytab.file);
    return ticket != nullptr && ticket->has_value();
}
void tell_missing(Examination& examination, const KeytabFile& keytab, const std::string& principal, Report& report)
{
    const std::string name = without_realm(principal);
    const std::string forget = "take it out of " + keytab.file + " (ktutil: rkt, delent, wkt)";
    if (name.find('/') == std::string::npos) {
        report.fault(principal, "no account of the domain is called so", {forget});
        return;
    }
    Cure cure = add_service_name(examination.make(), name, {});
    cure.push_back("or, when the service is no more, " + forget);
    report.fault(principal, "no account of the domain has this service name (SPN), so no client gets a ticket",
                 std::move(cure));
}

void tell_several(Examination& examination, const KeytabFile& keytab, const std::string& principal,
                  const std::vector<Entry>& holders, Report& report)
{
    std::string who;
    Cure cure{"keep it at the account that " + keytab.file + " was made for, and take it from the others:"};
    for (const Entry& holder : holders) {
        who += (who.empty() ? "" : " and ") + holder.dn;
        for (std::string& line : remove_service_name(examination.make(), without_realm(principal),
                                                     std::string(holder.first("sAMAccountName"))))
            cure.push_back(std::move(line));
    }
    report.fault(principal,
                 "several accounts have this service name (SPN): " + who +
                     "; the KDC gives no ticket, or one with the wrong key",
                 std::move(cure));
}

void judge_key_types(Examination& examination, const KeytabFile& keytab, const std::string& principal,
                     const Entry& holder, Report& report)
{
    const std::string_view value = holder.first("msDS-SupportedEncryptionTypes");
    const auto types = directory::parse_number<std::uint32_t>(value).value_or(0);
    const auto* const ticket = examination.ticket(principal, keytab.file);
    const bool by_default = types == 0 && ticket != nullptr && *ticket && !is_weak((*ticket)->enctype);
    if ((types & aes) != 0 || by_default) {
        report.ok(holder.dn, "may use AES");
        return;
    }
    report.warn(holder.dn,
                (value.empty() ? "msDS-SupportedEncryptionTypes is not set, so its tickets are of RC4"
                               : "msDS-SupportedEncryptionTypes is " + std::string(value) + ", without AES") +
                    std::string("; domain controllers refuse RC4 by default from 2026 on"),
                allow_aes(examination.make(), keytab.file, principal, std::string(holder.first("sAMAccountName"))));
}
} // namespace

void check_service_names(Examination& examination, Report& report)
{
    for_each_principal(examination, report,
                       [&](const KeytabFile& keytab, const std::string& principal, const std::vector<Entry>& holders) {
                           if (holders.size() > 1)
                               tell_several(examination, keytab, principal, holders, report);
                           else if (holders.empty() && !has_ticket(examination, keytab, principal))
                               tell_missing(examination, keytab, principal, report);
                           else
                               report.ok(principal, "belongs to one account");
                       });
}

void check_key_types(Examination& examination, Report& report)
{
    for_each_principal(examination, report,
                       [&](const KeytabFile& keytab, const std::string& principal, const std::vector<Entry>& holders) {
                           if (holders.size() == 1)
                               judge_key_types(examination, keytab, principal, holders.front(), report);
                           else
                               report.skip(principal +
                                           (holders.empty() ? ": no account holds it by itself" : ": see spn"));
                       });
}

} // namespace gatehouse::doctor
