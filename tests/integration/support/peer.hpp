#pragma once

#include "support/lab.hpp"
#include "support/reply.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::integration
{

/// What becomes of a name on its way through a peer to authd and back.
enum class Fate {
    granted,           ///< authd grants, and the peer lets the person in
    refused_by_peer,   ///< the peer takes no such name: authd is never asked
    no_account,        ///< authd refuses a person whom the service could give no account, though the password is right
    not_admitted,      ///< authd refuses a person whose groups the service does not admit
    nobody,            ///< the peer asks for another name than was typed, and nobody has that one
    granted_elsewhere, ///< authd grants, but the peer goes on with the name as it was typed, and has no place for it
};

/// A server of the lab that asks authd about passwords, as its clients meet it.
struct Peer {
    std::string name;     ///< for messages
    std::string service;  ///< what its logins are called in the audit line
    std::string listener; ///< the listener that it asks
    std::function<Reply(const std::string& login, const std::string& password)> log_in;

    /// Bytes of the longest password that it carries for a person of this name, and the source of that number.
    std::function<std::size_t(std::string_view login)> longest_password;
    /// What a client is told about a longer one. libsasl2 itself calls it a failure of its own, not a refusal.
    /// Nothing: the peer fails in ways of its own that depend on its memory, so that it is not tried.
    std::optional<Told> told_beyond = Told::denied;

    /// Where its protocol or its own rules change a name; empty: every name passes as it is.
    std::function<Fate(std::string_view login)> fate_of{};
    /// The name that authd is asked for; empty: as it was typed.
    std::function<std::string(std::string_view login)> asked_as{};
    /// Whether authd is asked about an empty password, or the peer refuses it by itself.
    bool asks_about_empty = true;
    std::string stranger = "nobody-here"; ///< a name for which authd is asked, and which no directory knows
    std::size_t at_once = 16;             ///< connections that it serves at a time
};

Fate fate_of(const Peer& peer, std::string_view login);
std::string asked_as(const Peer& peer, std::string_view login);

struct Login {
    std::string name;
    std::string password;
};

/// One login and the audit lines that it caused.
struct Seen {
    Login login;
    Reply reply;
    std::vector<AuditLine> audited;
};

/// Logs in and waits for the audit line. Where authd is not asked, that costs the wait.
Seen attempt(const Peer& peer, const Login& login);
/// Logs in as many at once as the peer serves, since some take seconds to refuse. The names must be distinct as authd
/// is asked for them.
std::vector<Seen> attempt_each(const Peer& peer, const std::vector<Login>& logins);

// What must hold at every peer. Each is one test case's body.

/// The right password is granted; a wrong one and an unknown person are refused with the same words.
void check_right_and_wrong(const Peer& peer);
/// Whom the directory refuses, the peer refuses, and the audit line says exactly why.
void check_account_states(const Peer& peer);
/// alice by each of her names: short, DOMAIN\user, user@suffix, mail address, in any case.
void check_forms_of_a_name(const Peer& peer);
/// Names made of what LDAP filters and DNs must escape: nobody else is let in by them, and who owns them is.
void check_special_names(const Peer& peer);
void check_empty_password(const Peer& peer);
/// The longest password passes whole; one byte more is refused although it is right, and the peer serves on.
void check_longest_password(const Peer& peer);

} // namespace gatehouse::integration
