#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "kerberos/kdc_lookup.hpp"
#include "kerberos/krb5_handles.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gatehouse::doctor
{

/// What a KDC says of a service, by the ticket that it gives for it.
struct ServiceTicket {
    std::uint32_t kvno = 0;    ///< of the key that it is made with
    std::int32_t enctype = 0;  ///< likewise
    bool opens = false;        ///< with a key of the keytab
    std::string why_not_opens; ///< libkrb5's words
};

/// Why a KDC gives no ticket.
struct NoTicket {
    bool unknown = false; ///< it knows no such service: KDC_ERR_S_PRINCIPAL_UNKNOWN
    bool weak = false;    ///< no key type in common: KDC_ERR_ETYPE_NOSUPP
    std::string text;
};

/// A Kerberos client that waits for each answer. libkrb5 makes and reads the messages, our own connections carry them,
/// so that nothing on this machine (krb5.conf, environment, credential caches) plays a part. One thread.
class KdcClient
{
public:
    /// `kdcs` not empty; each is asked in turn while those before do not answer. Error: libkrb5 cannot be set up.
    static Result<std::unique_ptr<KdcClient>> make(std::string realm, std::vector<kerberos::Kdc> kdcs,
                                                   std::chrono::milliseconds patience);

    /// Asks one KDC about `principal` without showing any key, which counts nowhere. Its clock less ours, where the
    /// answer tells it. Error: it does not answer.
    Result<std::optional<std::chrono::seconds>> knock(const kerberos::Kdc& kdc, const std::string& principal);

    /// A ticket-granting ticket by a password that is known to be right: a wrong one counts at the KDC. Error:
    /// `invalid` when the KDC refuses, else an outage.
    Result<void> log_in(const std::string& principal, const Secret& password);
    /// The same by a key of a keytab.
    Result<void> log_in_by_keytab(const std::string& principal, const std::string& keytab);

    /// After log_in: a fresh ticket for `service` (`host/mail.campus.example@CAMPUS.EXAMPLE`), tried with `keytab`.
    Result<ServiceTicket, NoTicket> ticket(const std::string& service, const std::string& keytab);

private:
    KdcClient(std::string realm, std::vector<kerberos::Kdc> kdcs, std::chrono::milliseconds patience,
              kerberos::Krb5Context context);

    using Bytes = std::vector<std::uint8_t>;
    Result<Bytes> send(const kerberos::Kdc& kdc, std::span<const std::uint8_t> request) const;
    Result<Bytes> send(std::span<const std::uint8_t> request) const;
    Result<void> begin(const std::string& principal, kerberos::Principal& client, kerberos::AsOptions& options,
                       kerberos::AsSteps& steps);
    Result<void> go_through(kerberos::AsSteps& steps);
    Result<void> keep(kerberos::AsSteps& steps);
    Result<void, NoTicket> go_through(kerberos::TgsSteps& steps);
    ServiceTicket judge(krb5_creds& ticket, const std::string& keytab) const;

    std::string realm_;
    std::vector<kerberos::Kdc> kdcs_;
    std::chrono::milliseconds patience_;
    kerberos::Krb5Context context_; // what is made with it stands below
    kerberos::MemoryCache cache_;
};

} // namespace gatehouse::doctor
