#pragma once

#include "app/config.hpp"
#include "base/name_lookup.hpp"
#include "base/result.hpp"
#include "directory/ldap_request.hpp"
#include "directory/tls_look.hpp"
#include "doctor/daemon.hpp"
#include "doctor/kdc_client.hpp"
#include "doctor/keytab_file.hpp"
#include "doctor/ldap_desk.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::doctor
{

/// What makes the directory's tools differ.
enum class Make { windows, samba, openldap };

/// What OpenLDAP and Active Directory have in common of a realm's settings.
struct LdapSettings {
    const directory::ServerSettings& servers;
    const directory::TlsSettings& tls;
    const directory::BindAccount& bind;
    const directory::Timing& timing;
};

/// The SRV records of one name.
struct RecordsFound {
    std::string name;
    Result<ServiceRecords> records;
};

/// One server of the realm, looked at by itself.
struct Server {
    std::string name; ///< host, or host:port where that is not the usual one
    directory::HostPort place;
    Result<std::vector<boost::asio::ip::address>> addresses;
    std::optional<directory::TlsLook> tls;        ///< where TLS is configured and there are addresses
    Result<LdapSession> session;                  ///< connected as the configuration says; not bound at first
    directory::Entry root_dse{};                  ///< as anybody may read it
    WallTime root_read_at{};                      ///< our clock when that came
    std::optional<directory::LdapResult> bound{}; ///< what it said to the account that searches; empty: not asked
    bool answers = false;                         ///< an LDAP search
};

/// The account that searches, as the directory describes it.
struct Account {
    std::string dn;
    std::string name; ///< sAMAccountName; empty in OpenLDAP
    directory::Entry entry;
};

/// One realm under examination. Whatever several checks need is asked for once, when the first of them wants it. One
/// thread.
class Examination
{
public:
    /// `realm` outlives it. `control` is the socket of an authd that may run here. `offers_ntlm`: some listener does.
    Examination(const app::RealmConfig& realm, std::string control, bool offers_ntlm);
    ~Examination();
    Examination(const Examination&) = delete;
    Examination& operator=(const Examination&) = delete;

    const app::RealmConfig& realm() const { return realm_; }
    const std::string& control() const { return control_; }
    bool offers_ntlm() const { return offers_ntlm_; }
    /// The authd that runs here, asked once.
    const Daemon& daemon();
    const directory::ActiveDirectorySettings* active_directory() const;
    const directory::OpenLdapSettings* openldap() const;
    /// Of an LDAP realm only.
    LdapSettings ldap() const;

    /// Empty where the configuration lists the servers.
    const std::vector<RecordsFound>& records();
    /// Each connected, its rootDSE read and the account bound: after one refusal no other server is shown that
    /// password, and none when the authd that runs has just been refused.
    std::vector<Server>& servers();
    /// The first server that serves searches; null: none does.
    Server* working();
    Make make();

    /// A search at `working()`. Result codes other than success are values. Error: no server, or an outage.
    Result<directory::SearchAnswer> ask(const directory::SearchRequest& request);
    /// The entries of such a search; those that fit into its limit. Error: as above, and any other result code.
    Result<std::vector<directory::Entry>> find(const directory::SearchRequest& request);
    /// One entry by its DN; empty when there is none, or none that may be seen.
    Result<std::optional<directory::Entry>> read(const std::string& dn, std::vector<std::string> attributes,
                                                 bool deleted_too = false);
    /// The naming context of an Active Directory domain; empty when no server works.
    std::string domain();
    /// Empty: no server works, or it may not see itself.
    const std::optional<Account>& account();
    /// Some ordinary people of the realm, with what of them the account that searches can read.
    const Result<std::vector<directory::Entry>>& sample();

    /// Keytab files that the realm names.
    const std::vector<KeytabFile>& keytabs();
    const Result<std::vector<kerberos::Kdc>>& kdcs();
    /// Logged in at a KDC, as the account that searches where it has a Kerberos name, else by the keytab itself.
    /// Null: it cannot; `why_no_client` says why, and is `invalid` when a KDC refused.
    KdcClient* kdc_client();
    const Error& why_no_client() const { return why_no_client_; }
    /// A principal whose key of the keytab a KDC did not take when kdc_client() logged in by it.
    struct RefusedKey {
        std::string principal;
        std::string keytab;
        std::string why;
    };
    const std::vector<RefusedKey>& refused_keys() const { return refused_keys_; }
    /// What that client is given for `principal`, tried with a keytab. Null: there is no client.
    const Result<ServiceTicket, NoTicket>* ticket(const std::string& principal, const std::string& keytab);
    /// The entries in an Active Directory domain that hold the service name of a principal, or are called so where it
    /// names no service. More than one is a fault. Error: no server, or an outage.
    const Result<std::vector<directory::Entry>>& holders(const std::string& principal);

private:
    Server look_at(const std::string& host, std::uint16_t port);
    void look_at_all();
    void bind_account();
    Result<void> log_in(KdcClient& client);
    Result<void> log_in_by_keytab(KdcClient& client);

    const app::RealmConfig realm_; // as configured; with the KDCs' defaults where it takes tickets alone
    std::string control_;
    bool offers_ntlm_;
    std::optional<Daemon> daemon_;
    LdapDesk desk_;
    std::optional<std::vector<RecordsFound>> records_;
    std::optional<std::vector<Server>> servers_;
    std::optional<std::optional<Account>> account_;
    std::optional<Result<std::vector<directory::Entry>>> sample_;
    std::optional<std::vector<KeytabFile>> keytabs_;
    std::optional<Result<std::vector<kerberos::Kdc>>> kdcs_;
    std::unique_ptr<KdcClient> kdc_client_;
    bool kdc_asked_ = false;
    Error why_no_client_;
    std::vector<RefusedKey> refused_keys_;
    std::map<std::string, Result<ServiceTicket, NoTicket>> tickets_;       // by principal and keytab
    std::map<std::string, Result<std::vector<directory::Entry>>> holders_; // by principal
};

} // namespace gatehouse::doctor
