#pragma once

#include "support/audit.hpp"
#include "support/lab.hpp"
#include "support/ticket.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::integration
{

/// A server that runs GSSAPI by Cyrus SASL and has Gatehouse's plugin in its process.
struct PluginHost {
    std::string name;
    std::string service;
    std::string listener;
    std::function<Reply(const Ticket&)> log_in;
    std::function<std::string()> process; ///< the id of the process that served the last login
    std::string disabled;                 ///< in its words to a disabled account's owner
    std::string realm{}; ///< what follows a principal's name where the KDC's realm is not the host's own
};

/// Cyrus IMAP and POP3, Postfix.
std::vector<PluginHost> mail_plugin_hosts();
/// These, and slapd.
std::vector<PluginHost> plugin_hosts();

/// authd has written one line since the mark, of this login at the host's listener. A check of the test case.
void check_audited(const AuditFile& audit, const PluginHost& host, const std::string& login, const std::string& reason);

/// A ticket for one of the sample people, whatever the KDC thinks of the account: the directory is asked about that.
std::unique_ptr<Ticket> ticket_of(const std::string& name);

/// Ends the lab's authd, and starts it again at the end.
class WithoutAuthd
{
public:
    WithoutAuthd();
    ~WithoutAuthd();
    WithoutAuthd(const WithoutAuthd&) = delete;
    WithoutAuthd& operator=(const WithoutAuthd&) = delete;
};

} // namespace gatehouse::integration
