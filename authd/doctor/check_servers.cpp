// Each server by itself: does it answer an LDAP search over what the configuration asks for?
#include "doctor/check.hpp"
#include "doctor/cures.hpp"

#include <algorithm>

namespace gatehouse::doctor
{

namespace
{
bool fails_in_tls(const Server& server)
{
    return !server.session && server.session.error().kind == ErrorKind::invalid;
}
} // namespace

void check_servers(Examination& examination, Report& report)
{
    const auto& servers = examination.servers();
    const bool any = std::ranges::any_of(servers, &Server::answers);
    for (const Server& server : servers) {
        const std::string port = std::to_string(server.place.port);
        const Cure cure{"start it, or let port " + port +
                        " through the firewall; if it is gone for good, remove its SRV "
                        "record (or its name in directory.servers)"};
        if (server.answers)
            report.ok(server.name, "answers");
        else if (fails_in_tls(server) || !server.addresses)
            report.skip(server.name + ": see " + (server.addresses ? "certificate" : "dns")); // told there
        else if (any)
            report.warn(server.name, "does not answer: " + server.session.error().text, cure);
        else
            report.fault(server.name, "does not answer, and no other server does: " + server.session.error().text,
                         cure);
        if (server.root_dse.first("isSynchronized") == "FALSE")
            report.warn(server.name, "a domain controller that has not yet read the whole domain",
                        {"wait for its first replication; repadmin /showrepl or samba-tool drs showrepl says what it "
                         "waits for"});
    }
    if (servers.empty())
        report.skip("no server is known: see dns");
}

} // namespace gatehouse::doctor
