// What an examination finds out of keytabs and from KDCs.
#include "base/secret_file.hpp"
#include "directory/ldap_handle.hpp"
#include "doctor/examination.hpp"

namespace gatehouse::doctor
{

using directory::Entry;

namespace
{
constexpr auto authds_user = "gatehouse"; // as installed
} // namespace

const std::vector<KeytabFile>& Examination::keytabs()
{
    if (!keytabs_) {
        keytabs_.emplace();
        if (realm_.kerberos)
            keytabs_->push_back(read_keytab(realm_.kerberos->keytab, authds_user));
        if (realm_.tickets && realm_.tickets->keytab != realm_.kerberos->keytab)
            keytabs_->push_back(read_keytab(realm_.tickets->keytab, authds_user));
    }
    return *keytabs_;
}

const Result<std::vector<kerberos::Kdc>>& Examination::kdcs()
{
    if (kdcs_)
        return *kdcs_;
    std::vector<kerberos::KdcName> names;
    for (const std::string& text : realm_.kerberos->kdcs) {
        auto name = kerberos::parse_kdc(text);
        if (!name) {
            kdcs_ = std::unexpected(std::move(name.error()));
            return *kdcs_;
        }
        names.push_back(std::move(*name));
    }
    kdcs_ = kerberos::find_kdcs(std::move(names), realm_.names.kerberos_realm);
    return *kdcs_;
}

KdcClient* Examination::kdc_client()
{
    if (std::exchange(kdc_asked_, true))
        return kdc_client_.get();
    if (!kdcs()) {
        why_no_client_ = {ErrorKind::unavailable, kdcs().error().text};
        return nullptr;
    }
    auto client = KdcClient::make(realm_.names.kerberos_realm, *kdcs(), realm_.kerberos->timeout);
    if (auto done = client ? log_in(**client) : std::unexpected(client.error()); !done)
        why_no_client_ = done.error();
    else
        kdc_client_ = std::move(*client);
    return kdc_client_.get();
}

Result<void> Examination::log_in(KdcClient& client)
{
    const std::string& realm = realm_.names.kerberos_realm;
    if (active_directory() != nullptr) { // a key of the keytab may be an old one, and an old one counts as wrong
        if (!account() || account()->name.empty())
            return unavailable("the account that searches could not be bound, so it is not tried at a KDC either");
        const auto password = read_secret_file(ldap().bind.password_file);
        if (!password)
            return std::unexpected(password.error());
        return client.log_in(account()->name + '@' + realm, *password);
    }
    return log_in_by_keytab(client);
}

/// Each key is shown once at most.
Result<void> Examination::log_in_by_keytab(KdcClient& client)
{
    const std::string& realm = realm_.names.kerberos_realm;
    Error last{ErrorKind::unavailable, "the keytab holds no key of realm " + realm};
    for (const KeytabFile& keytab : keytabs())
        for (const std::string& principal : principals_of(keytab, realm)) {
            auto done = client.log_in_by_keytab(principal, keytab.file);
            if (done || done.error().kind != ErrorKind::invalid)
                return done;
            refused_keys_.push_back({principal, keytab.file, done.error().text});
            last = std::move(done.error());
        }
    return std::unexpected(std::move(last));
}

const Result<ServiceTicket, NoTicket>* Examination::ticket(const std::string& principal, const std::string& keytab)
{
    KdcClient* const client = kdc_client();
    if (client == nullptr)
        return nullptr;
    const std::string key = principal + ' ' + keytab;
    const auto known = tickets_.find(key);
    return known != tickets_.end() ? &known->second
                                   : &tickets_.emplace(key, client->ticket(principal, keytab)).first->second;
}

const Result<std::vector<Entry>>& Examination::holders(const std::string& principal)
{
    const auto known = holders_.find(principal);
    if (known != holders_.end())
        return known->second;
    const std::string name = principal.substr(0, principal.rfind('@'));
    const std::string attribute = name.find('/') == std::string::npos ? "sAMAccountName" : "servicePrincipalName";
    auto found = find({.base = domain(),
                       .filter = '(' + attribute + '=' + directory::escape_filter(name) + ')',
                       .attributes = {"sAMAccountName", "msDS-SupportedEncryptionTypes", "msDS-KeyVersionNumber",
                                      "userAccountControl"},
                       .max_entries = 10});
    return holders_.emplace(principal, std::move(found)).first->second;
}

} // namespace gatehouse::doctor
