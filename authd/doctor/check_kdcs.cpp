// Each KDC by itself: does it answer, and what time does it think it is?
#include "doctor/check.hpp"
#include "doctor/clock_judgement.hpp"
#include "doctor/cures.hpp"

#include <algorithm>

namespace gatehouse::doctor
{

namespace
{
/// Somebody to ask about. Nothing is shown, so nothing counts; also a name that the KDC does not know is an answer.
std::string somebody(Examination& examination)
{
    const std::string& realm = examination.realm().names.kerberos_realm;
    for (const KeytabFile& keytab : examination.keytabs())
        for (const std::string& principal : principals_of(keytab, realm))
            return principal;
    return "krbtgt/" + realm + '@' + realm;
}
} // namespace

void check_kdcs(Examination& examination, Report& report)
{
    if (!examination.realm().kerberos) {
        report.ok({}, "no keytab is configured, so no KDC is asked");
        return;
    }
    const auto& kdcs = examination.kdcs();
    if (!kdcs) {
        report.fault(examination.realm().names.kerberos_realm, kdcs.error().text,
                     {"list the KDCs in passwords.kdcs, or add _kerberos._tcp records (SRV) to DNS"});
        return;
    }
    auto client =
        KdcClient::make(examination.realm().names.kerberos_realm, *kdcs, examination.realm().kerberos->timeout);
    if (!client) {
        report.fault({}, client.error().text, {"is libkrb5 whole? dpkg --verify libkrb5-3"});
        return;
    }
    std::vector<std::pair<std::string, std::string>> silent;
    for (const kerberos::Kdc& kdc : *kdcs) {
        const auto told = (*client)->knock(kdc, somebody(examination));
        if (!told)
            silent.emplace_back(kdc.name, told.error().text);
        else if (*told)
            judge_clock(kdc.name, **told, report);
        else
            report.ok(kdc.name, "answers");
    }
    const bool none = silent.size() == kdcs->size();
    for (const auto& [name, why] : silent) {
        const Cure cure{"start it, or let TCP port 88 through the firewall; if it is gone for good, take it out of "
                        "passwords.kdcs or DNS"};
        if (none)
            report.fault(name, "no KDC answers: " + why, cure);
        else
            report.warn(name, "does not answer: " + why, cure);
    }
}

} // namespace gatehouse::doctor
