#pragma once

#include "support/process.hpp"
#include "support/reply.hpp"

#include <functional>
#include <string>
#include <vector>

// Mail programs of other people at the lab's mail edge, each over TLS. Those that can verify the edge's certificate,
// which must be localhost's. Granted: they also did what they are for, such as to send a message or to fetch one.
// Denied: the edge said in the protocol's own word that the login is refused. Anything else is unavailable.

namespace gatehouse::integration
{

struct MailProgram {
    std::string name;      ///< for messages: the program, the port, the mechanism
    std::string service;   ///< as authd is asked
    std::string mechanism; ///< as the audit line names it
    std::function<Reply(const std::string& login, const std::string& password)> log_in;
};

/// Programs that have a password: PLAIN, LOGIN, and the commands that carry one.
std::vector<MailProgram> programs_with_password();
/// Programs that have a ticket of the lab's KDC, whose environment they get; no password is asked of them.
std::vector<MailProgram> programs_with_ticket(const Environment& ticket);
/// curl by NTLM. Their login is DOMAIN\user.
std::vector<MailProgram> programs_by_ntlm();
/// GNU SASL's client by SCRAM with channel binding (RFC 5802, RFC 9266), over STARTTLS.
std::vector<MailProgram> programs_by_scram();

/// What of the person's INBOX mbsync has pulled into a Maildir of its own: its messages, one after the other.
std::string mailbox_by_mbsync(const std::string& login, const std::string& password);
/// mutt sends a message with this subject to an address, by submission.
Reply send_by_mutt(const std::string& login, const std::string& password, const std::string& to,
                   const std::string& subject);

} // namespace gatehouse::integration
