// Does winbind, which judges NTLM for authd, reach a domain controller of the realm's domain?
#include "doctor/check.hpp"
#include "kerberos/winbind.hpp"

namespace gatehouse::doctor
{

void check_winbind(Examination& examination, Report& report)
{
    if (!examination.offers_ntlm())
        return report.ok({}, "no listener offers NTLM");
    const RealmNames& names = examination.realm().names;
    const std::string& domain = names.netbios.empty() ? names.kerberos_realm : names.netbios;
    const auto trouble = kerberos::winbind_trouble(domain);
    if (!trouble)
        return report.ok(domain, "winbind reaches a domain controller");
    report.fault(domain, "NTLM is offered, and winbind judges nobody of this domain: " + *trouble,
                 {"systemctl status winbind; wbinfo --ping-dc --domain " + domain,
                  "where this host is not, or no more, a member: net ads testjoin; net ads join -U Administrator",
                  "or take NTLM out of the listeners' mechanisms: docs/sign-in-with-ntlm.md"});
}

} // namespace gatehouse::doctor
