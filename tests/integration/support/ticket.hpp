#pragma once

#include "support/connection.hpp"
#include "support/process.hpp"
#include "support/reply.hpp"

#include <filesystem>
#include <string>

namespace gatehouse::integration
{

/// A Kerberos ticket of a KDC of the lab in a cache of its own, gone with it. Not copyable; its environment may be used
/// by many programs at once.
class Ticket
{
public:
    /// Gets one by the password. `principal`: in the KDC's realm. `kdc`: the script of tests/lab that shows its
    /// krb5_conf. Throws std::runtime_error with kinit's words.
    Ticket(const std::string& principal, const std::string& password, const std::string& kdc = "mit-kdc");
    ~Ticket();
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

    /// What a client needs to use it, and nothing that would let it ask for a password.
    const Environment& environment() const { return environment_; }
    /// FILE:...
    const std::string& cache() const { return environment_.at("KRB5CCNAME"); }

protected:
    /// None yet: a place for one.
    explicit Ticket(const std::string& kdc);

private:
    std::filesystem::path cache_;
    Environment environment_;
};

// Clients that have a ticket and no password. The server is called `host`, as in its principal, and is at `place`. A
// verdict is read from the server's last words, which are the Reply's.

/// curl as a mail client, by GSSAPI (RFC 4752). `scheme`: imap, pop3, smtp.
Reply curl_with_ticket(const std::string& scheme, const std::string& host, const Place& place, const Ticket& ticket);
/// The same by NTLM, with a password. `login`: DOMAIN\user.
Reply curl_with_ntlm(const std::string& scheme, const std::string& host, const Place& place, const std::string& login,
                     const std::string& password);
/// Cyrus's own test client. `authzid`: whom to act for; empty: nobody else.
Reply imtest_with_ticket(const std::string& host, const Place& place, const Ticket& ticket,
                         const std::string& authzid = {});
/// GNU SASL's client, at an IMAP server called localhost.
Reply gsasl_with_ticket(const Place& place, const Ticket& ticket);
/// ldapwhoami; granted's words are the DN. `authzid`: such as u:bob.
Reply ldap_with_ticket(const Place& place, const Ticket& ticket, const std::string& authzid = {});

} // namespace gatehouse::integration
