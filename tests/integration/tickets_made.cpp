#include "tickets_made.hpp"

#include "kerberos/krb5_handles.hpp"

#include <stdexcept>
#include <utility>

// What MIT's own KDC seals tickets with. The library exports both under its stable version and declares them to itself
// only.
extern "C" {
krb5_error_code krb5_encrypt_tkt_part(krb5_context, const krb5_keyblock*, krb5_ticket*);
krb5_error_code encode_krb5_ticket(const krb5_ticket*, krb5_data**);
}

namespace gatehouse::integration
{

namespace
{
using Cache = kerberos::Owned<krb5_ccache, &krb5_cc_close>;
using Encoded = kerberos::Owned<krb5_data*, &krb5_free_data>;

kerberos::Krb5Context make_context()
{
    krb5_context context = nullptr;
    if (krb5_init_context(&context) != 0)
        throw std::runtime_error("libkrb5 cannot be set up");
    return kerberos::Krb5Context(context);
}

void require(krb5_context context, krb5_error_code code, const char* what)
{
    if (code != 0)
        throw std::runtime_error(std::string(what) + ": " + kerberos::words_of(context, code));
}

krb5_timestamp at(std::chrono::seconds from_now)
{
    const auto now = std::chrono::system_clock::now() + from_now;
    return static_cast<krb5_timestamp>(
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
}

void parse(krb5_context context, const std::string& name, kerberos::Principal& principal)
{
    require(context, krb5_parse_name(context, name.c_str(), principal.out()), name.c_str());
}

/// The newest key of a service.
class ServiceKey
{
public:
    ServiceKey(krb5_context context, const std::string& keytab, krb5_principal service) : context_(context)
    {
        kerberos::Keytab file(context);
        require(context, krb5_kt_resolve(context, ("FILE:" + keytab).c_str(), file.out()), keytab.c_str());
        require(context, krb5_kt_get_entry(context, file.get(), service, 0, 0, &entry_), keytab.c_str());
    }
    ~ServiceKey() { krb5_free_keytab_entry_contents(context_, &entry_); }
    ServiceKey(const ServiceKey&) = delete;
    ServiceKey& operator=(const ServiceKey&) = delete;

    const krb5_keytab_entry& entry() const { return entry_; }

private:
    krb5_context context_;
    krb5_keytab_entry entry_{};
};

/// The part of the ticket that only the service can read, and the ticket around it.
void seal(krb5_context context, const krb5_creds& creds, const ServiceKey& key, Encoded& encoded)
{
    char no_transit = '\0';
    krb5_enc_tkt_part part{};
    part.flags = static_cast<krb5_flags>(creds.ticket_flags);
    part.session = const_cast<krb5_keyblock*>(&creds.keyblock);
    part.client = creds.client;
    part.transited = {KV5M_TRANSITED, KRB5_DOMAIN_X500_COMPRESS, {KV5M_DATA, 0, &no_transit}};
    part.times = creds.times;
    krb5_ticket ticket{};
    ticket.server = creds.server;
    ticket.enc_part2 = &part;
    ticket.enc_part.kvno = key.entry().vno;
    require(context, krb5_encrypt_tkt_part(context, &key.entry().key, &ticket), "seal");
    ticket.enc_part.kvno = key.entry().vno;
    const krb5_error_code code = encode_krb5_ticket(&ticket, encoded.out());
    krb5_free_data_contents(context, &ticket.enc_part.ciphertext);
    require(context, code, "encode");
}
} // namespace

void make_ticket(const MadeTicket& ticket, const std::string& keytab, const std::string& cache)
{
    const auto owner = make_context();
    krb5_context const context = owner.get();
    if (ticket.clock_of_client.count() != 0) // kept in the cache, for the clients that use it
        require(context, krb5_set_real_time(context, at(ticket.clock_of_client), 0), "clock");
    kerberos::Principal client(context);
    kerberos::Principal service(context);
    parse(context, ticket.client, client);
    parse(context, ticket.service, service);
    const ServiceKey key(context, keytab, service.get());

    kerberos::Credentials creds(context);
    require(context, krb5_copy_principal(context, client.get(), &creds->client), "client");
    require(context, krb5_copy_principal(context, service.get(), &creds->server), "service");
    require(context, krb5_c_make_random_key(context, key.entry().key.enctype, &creds->keyblock), "session key");
    const krb5_timestamp begins = at(ticket.begins);
    creds->times = {.authtime = begins, .starttime = begins, .endtime = at(ticket.ends), .renew_till = 0};
    creds->ticket_flags = TKT_FLG_INITIAL | TKT_FLG_PRE_AUTH;
    Encoded encoded(context);
    seal(context, *creds, key, encoded);
    std::swap(creds->ticket, *encoded.get()); // each is freed by its owner

    Cache file(context);
    require(context, krb5_cc_resolve(context, cache.c_str(), file.out()), cache.c_str());
    require(context, krb5_cc_initialize(context, file.get(), client.get()), cache.c_str());
    require(context, krb5_cc_store_cred(context, file.get(), &*creds), cache.c_str());
}

void make_keytab(const std::string& file, const std::string& service)
{
    const auto owner = make_context();
    krb5_context const context = owner.get();
    kerberos::Principal principal(context);
    parse(context, service, principal);
    krb5_keytab_entry entry{};
    entry.principal = principal.get();
    entry.vno = 1;
    require(context, krb5_c_make_random_key(context, ENCTYPE_AES256_CTS_HMAC_SHA1_96, &entry.key), "key");
    kerberos::Keytab keytab(context);
    krb5_error_code code = krb5_kt_resolve(context, ("WRFILE:" + file).c_str(), keytab.out());
    if (code == 0)
        code = krb5_kt_add_entry(context, keytab.get(), &entry);
    krb5_free_keyblock_contents(context, &entry.key);
    require(context, code, file.c_str());
}

} // namespace gatehouse::integration
