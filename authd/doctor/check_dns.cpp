// SRV records: are there any, do they name hosts, and do they name all domain controllers?
#include "base/text.hpp"
#include "doctor/check.hpp"
#include "doctor/cures.hpp"

#include <algorithm>

namespace gatehouse::doctor
{

namespace
{
Cure register_records(Examination& examination)
{
    if (examination.active_directory() == nullptr)
        return {"add SRV records for the servers to the zone, or list them in directory.servers"};
    const std::string settings = "check directory.srv_domain and directory.dns_server";
    const std::string samba = "samba_dnsupdate --verbose --all-names      # on each Samba domain controller, as root";
    const std::string windows = "nltest /dsregdns      # on each domain controller";
    if (std::ranges::none_of(examination.servers(), &Server::answers)) // then nobody has told what it is
        return {windows, samba, settings};
    return {examination.make() == Make::samba ? samba : windows, settings};
}

bool name_a_server(const RecordsFound& found)
{
    return found.records && !found.records->records.empty();
}

void judge_records(Examination& examination, Report& report)
{
    const bool any = std::ranges::any_of(examination.records(), name_a_server);
    for (const RecordsFound& found : examination.records()) {
        if (!found.records)
            report.fault(found.name, "the name server does not tell them: " + found.records.error().text,
                         {"check directory.dns_server, or the system's resolver (/etc/resolv.conf)"});
        else if (!found.records->records.empty())
            report.ok(found.name, "names " + std::to_string(found.records->records.size()) + " of the servers");
        else if (any && found.name.find("._sites.") != std::string::npos)
            report.warn(
                found.name, "the site has no SRV record, so the domain's servers of every site are asked",
                {"check the name in directory.site (Windows lists sites with Get-ADReplicationSite -Filter *)"});
        else if (!any)
            report.fault(found.name, "DNS has no such SRV records, so no server is found",
                         register_records(examination));
    }
}

void judge_addresses(Examination& examination, bool listed, Report& report)
{
    const auto& servers = examination.servers();
    const bool any = std::ranges::any_of(servers, &Server::answers);
    for (const Server& server : servers) {
        if (server.addresses)
            continue;
        const std::string text = "a server without an address: " + server.addresses.error().text;
        const Cure cure{listed ? "correct the name in directory.servers, or add it to DNS"
                               : "add an A record for it, or remove the SRV record of a server that is gone"};
        if (any)
            report.warn(server.name, text, cure);
        else
            report.fault(server.name, text, cure);
    }
}

/// Each domain controller registers itself; one that does not gets no logins. With a site its records are what counts.
void look_for_forgotten(Examination& examination, Report& report)
{
    const auto found =
        examination.find({.base = examination.domain(),
                          .filter = "(&(objectCategory=computer)(userAccountControl:1.2.840.113556.1.4.803:=8192))",
                          .attributes = {"dNSHostName"},
                          .max_entries = 200});
    if (!found)
        return;
    for (const directory::Entry& entry : *found) {
        const std::string host(entry.first("dNSHostName"));
        const bool named = std::ranges::any_of(examination.servers(), [&](const Server& server) {
            return text::equal_ignoring_case(server.place.host, host);
        });
        if (!host.empty() && !named)
            report.warn(host, "a domain controller for which DNS has no SRV record: it is never asked",
                        register_records(examination));
    }
}
} // namespace

void check_dns(Examination& examination, Report& report)
{
    const bool listed = examination.records().empty();
    if (listed)
        report.ok({}, "the configuration lists the servers");
    else
        judge_records(examination, report);
    judge_addresses(examination, listed, report);
    const auto* const ad = examination.active_directory();
    if (!listed && ad != nullptr && ad->servers.site.empty() && examination.working() != nullptr)
        look_for_forgotten(examination, report);
}

} // namespace gatehouse::doctor
