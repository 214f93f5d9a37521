#pragma once

#include "support/audit.hpp"
#include "support/dovecot_client.hpp"
#include "support/lab.hpp"
#include "support/reply.hpp"
#include "support/ticket.hpp"
#include "tickets_gss_client.hpp"
#include "tickets_made.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::integration
{

/// A ticket of a sample person, from the KDC of this lab.
class PersonsTicket : public Ticket
{
public:
    explicit PersonsTicket(const std::string& name);
};

/// Somebody who is made for one test, and gone with it.
class Newcomer
{
public:
    Newcomer(std::string name, const std::string& password);
    ~Newcomer();
    Newcomer(const Newcomer&) = delete;
    Newcomer& operator=(const Newcomer&) = delete;

    const std::string& name() const { return name_; }
    /// tests/lab/slapd or samba-ad change ACTION, this person's name, WORDS...; waits until authd has learnt of it.
    void change(const std::string& action, const std::vector<std::string>& words = {});

private:
    std::string name_;
};

/// The lab's directory changes; waits for as long as authd may take to learn of it.
void change_directory(const std::vector<std::string>& words, const std::string& input = {});

/// libkrb5 reads its configuration from the environment of this process.
void use_configuration_of(const Ticket& ticket);

/// A ticket of a sample person for imap@localhost that no KDC of today would give: see MadeTicket.
class UnusualTicket : public Ticket
{
public:
    /// Of `made` the times and the clock count.
    UnusualTicket(const std::string& name, MadeTicket made);
};

/// What became of an exchange at the Dovecot door.
struct Exchanged {
    wire::DovecotOutcome outcome;
    std::vector<std::string> sent; ///< the client's messages

    bool ok() const { return outcome.ok; }
};

/// A whole exchange of SASL's GSSAPI with the ticket, at a Dovecot door that asks for `service`.
Exchanged gssapi_exchange(DovecotClient& door, const std::string& service, const Ticket& ticket,
                          const std::string& authzid = {}, const std::string& target = "imap@localhost");
/// How the server's last message comes: with OK, or as a challenge of its own, for clients whose protocol lacks that.
enum class LastMessage { with_ok, as_challenge };
/// The same of GSS-SPNEGO.
Exchanged spnego_exchange(DovecotClient& door, const std::string& service, const Ticket& ticket,
                          LastMessage last = LastMessage::with_ok);
/// NTLM with a password, raw (mechanism NTLM) or inside of SPNEGO (GSS-SPNEGO). `login`: DOMAIN\user.
Exchanged ntlm_exchange(DovecotClient& door, const std::string& mechanism, const std::string& login,
                        const std::string& password);
/// The same, whose last message `damage` changes.
Exchanged ntlm_exchange_with_damage(DovecotClient& door, const std::string& mechanism, const std::string& login,
                                    const std::string& password, const std::function<void(std::string&)>& damage);
/// GSSAPI whose client takes this security layer, which was not offered.
Exchanged gssapi_exchange_with_layer(DovecotClient& door, const Ticket& ticket, char layer);
/// GSSAPI whose last message is damaged, by a cut or a changed bit that `random` chooses.
Exchanged gssapi_exchange_with_damage(DovecotClient& door, const Ticket& ticket, std::uint32_t random);
/// An exchange in which these messages are said, one after the other, whatever the door says; then empty ones.
Exchanged exchange_of(DovecotClient& door, const std::string& mechanism, const std::vector<std::string>& messages);
/// The client's first message of GSSAPI or GSS-SPNEGO for imap@localhost.
std::string first_message(const std::string& mechanism, const Ticket& ticket);
/// One AUTH with this message, and the door's answer to it, which is an end or a challenge; ended by CANCEL then.
std::optional<wire::DovecotOutcome> one_message(DovecotClient& door, const std::string& mechanism,
                                                std::string_view message);
/// The same of many at once: how many ended, and as whom.
struct Ended {
    int ended = 0;
    std::set<std::string> granted;
};
Ended many_messages(DovecotClient& door, const std::string& mechanism, const std::vector<std::string>& messages);

} // namespace gatehouse::integration
