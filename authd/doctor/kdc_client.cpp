#include "doctor/kdc_client.hpp"

#include "kerberos/kdc_connection.hpp"
#include "kerberos/keytab.hpp"
#include "kerberos/private_profile.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>

namespace gatehouse::doctor
{

using kerberos::borrow;
using kerberos::Kdc;
using kerberos::words_of;

namespace
{
constexpr krb5_deltat ticket_life = 300; // seconds: used at once, and never again
constexpr int most_requests = 8;         // of one question; two or three are usual

// RFC 4120 section 7.5.9, RFC 6113 section 5.2
constexpr std::uint32_t service_unknown = 7;
constexpr std::uint32_t enctype_unsupported = 14;
constexpr std::uint32_t preauth_required = 25;
constexpr std::uint32_t more_preauth_required = 91;

using Bytes = std::vector<std::uint8_t>;

/// RFC 4120 section 5.9.1: [APPLICATION 30], constructed.
bool is_krb_error(std::span<const std::uint8_t> reply)
{
    return !reply.empty() && reply.front() == 0x7E;
}

std::optional<std::uint32_t> error_in(krb5_context context, const Bytes& reply)
{
    if (!is_krb_error(reply))
        return std::nullopt;
    kerberos::KrbError error(context);
    const krb5_data received = borrow(reply);
    return krb5_rd_error(context, &received, error.out()) == 0 ? error->error : UINT32_MAX;
}

Awaitable<Result<Bytes>> exchange(boost::asio::io_context& io, const Kdc& kdc, std::span<const std::uint8_t> request,
                                  Deadline deadline)
{
    kerberos::KdcConnection connection(io);
    if (auto connected = co_await connection.connect(kdc, deadline); !connected)
        co_return std::unexpected(std::move(connected.error()));
    co_return co_await connection.exchange(request, deadline);
}

/// What libkrb5 wants to be sent; it is freed there.
Bytes take(krb5_context context, krb5_data& request, krb5_data& realm)
{
    Bytes bytes(request.data, request.data + request.length);
    krb5_free_data_contents(context, &request);
    krb5_free_data_contents(context, &realm);
    return bytes;
}

struct TicketEnd {
    krb5_context context;
    void operator()(krb5_ticket* ticket) const { krb5_free_ticket(context, ticket); }
};
} // namespace

KdcClient::KdcClient(std::string realm, std::vector<Kdc> kdcs, std::chrono::milliseconds patience,
                     kerberos::Krb5Context context)
    : realm_(std::move(realm)),
      kdcs_(std::move(kdcs)),
      patience_(patience),
      context_(std::move(context)),
      cache_(context_.get())
{
}

Result<std::unique_ptr<KdcClient>> KdcClient::make(std::string realm, std::vector<Kdc> kdcs,
                                                   std::chrono::milliseconds patience)
{
    auto context = kerberos::make_context();
    if (!context)
        return std::unexpected(std::move(context.error()));
    return std::unique_ptr<KdcClient>(new KdcClient(std::move(realm), std::move(kdcs), patience, std::move(*context)));
}

// --- Messages

Result<Bytes> KdcClient::send(const Kdc& kdc, std::span<const std::uint8_t> request) const
{
    boost::asio::io_context io(1);
    std::optional<Result<Bytes>> reply;
    boost::asio::co_spawn(io, exchange(io, kdc, request, Clock::now() + patience_),
                          [&reply](const std::exception_ptr& thrown, Result<Bytes> answer) {
                              if (thrown)
                                  std::rethrow_exception(thrown);
                              reply = std::move(answer);
                          });
    io.run();
    return std::move(*reply);
}

Result<Bytes> KdcClient::send(std::span<const std::uint8_t> request) const
{
    Error last{ErrorKind::unavailable, "no KDC is known"};
    for (const Kdc& kdc : kdcs_) {
        auto reply = send(kdc, request);
        if (reply)
            return reply;
        last = {reply.error().kind, kdc.name + ": " + reply.error().text};
    }
    return std::unexpected(std::move(last));
}

// --- AS exchange

Result<void> KdcClient::begin(const std::string& principal, kerberos::Principal& client, kerberos::AsOptions& options,
                              kerberos::AsSteps& steps)
{
    krb5_error_code code = krb5_get_init_creds_opt_alloc(context_.get(), options.out());
    if (code == 0) {
        krb5_get_init_creds_opt_set_tkt_life(options.get(), ticket_life);
        krb5_get_init_creds_opt_set_renew_life(options.get(), 0);
        krb5_get_init_creds_opt_set_address_list(options.get(), nullptr);
        code = krb5_parse_name(context_.get(), principal.c_str(), client.out());
    }
    if (code == 0)
        code = krb5_init_creds_init(context_.get(), client.get(), nullptr, nullptr, 0, options.get(), steps.out());
    if (code != 0)
        return unavailable("libkrb5 cannot ask about " + principal + ": " + words_of(context_.get(), code));
    return {};
}

Result<std::optional<std::chrono::seconds>> KdcClient::knock(const Kdc& kdc, const std::string& principal)
{
    kerberos::Principal client(context_.get());
    kerberos::AsOptions options(context_.get());
    kerberos::AsSteps steps(context_.get());
    if (auto begun = begin(principal, client, options, steps); !begun)
        return std::unexpected(std::move(begun.error()));
    krb5_data nothing{};
    krb5_data request{};
    krb5_data realm{};
    unsigned flags = 0;
    const krb5_error_code code = krb5_init_creds_step(context_.get(), steps.get(), &nothing, &request, &realm, &flags);
    const Bytes bytes = take(context_.get(), request, realm);
    if (code != 0)
        return unavailable("libkrb5 cannot ask: " + words_of(context_.get(), code));
    const auto reply = send(kdc, bytes);
    if (!reply)
        return std::unexpected(reply.error());
    kerberos::KrbError error(context_.get());
    const krb5_data received = borrow(*reply);
    if (!is_krb_error(*reply) || krb5_rd_error(context_.get(), &received, error.out()) != 0)
        return std::nullopt;
    const auto told = std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::uint32_t>(error->stime)));
    return told - std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

Result<void> KdcClient::go_through(kerberos::AsSteps& steps)
{
    Bytes reply;
    for (int asked = 0; asked < most_requests; ++asked) {
        krb5_data received = borrow(reply);
        krb5_data request{};
        krb5_data realm{};
        unsigned flags = 0;
        // A refusal is read before libkrb5 sees it: it would try the same key in another way, and that counts.
        const auto error = error_in(context_.get(), reply);
        if (error && !(asked == 1 && *error == preauth_required) && *error != more_preauth_required)
            return invalid(words_of(context_.get(), ERROR_TABLE_BASE_krb5 + static_cast<krb5_error_code>(*error)));
        const krb5_error_code code =
            krb5_init_creds_step(context_.get(), steps.get(), &received, &request, &realm, &flags);
        const Bytes bytes = take(context_.get(), request, realm);
        if (code == KRB5KRB_AP_ERR_BAD_INTEGRITY) // of an account that needs no preauthentication
            return invalid("the KDC's reply does not open with this key");
        if (code != 0)
            return unavailable(words_of(context_.get(), code));
        if ((flags & KRB5_INIT_CREDS_STEP_FLAG_CONTINUE) == 0)
            return keep(steps);
        auto answer = send(bytes);
        if (!answer)
            return std::unexpected(std::move(answer.error()));
        reply = std::move(*answer);
    }
    return unavailable("the KDC comes to no end");
}

Result<void> KdcClient::keep(kerberos::AsSteps& steps)
{
    kerberos::Credentials granting(context_.get());
    krb5_error_code code = krb5_init_creds_get_creds(context_.get(), steps.get(), &*granting);
    if (code == 0)
        code = krb5_cc_new_unique(context_.get(), "MEMORY", nullptr, cache_.out());
    if (code == 0)
        code = krb5_cc_initialize(context_.get(), cache_.get(), granting->client);
    if (code == 0)
        code = krb5_cc_store_cred(context_.get(), cache_.get(), &*granting);
    if (code != 0)
        return unavailable("the KDC's reply is of no use: " + words_of(context_.get(), code));
    return {};
}

Result<void> KdcClient::log_in(const std::string& principal, const Secret& password)
{
    kerberos::Principal client(context_.get());
    kerberos::AsOptions options(context_.get());
    kerberos::AsSteps steps(context_.get());
    if (auto begun = begin(principal, client, options, steps); !begun)
        return begun;
    Secret text; // libkrb5 takes a C string
    if (!text.append(password.bytes()) || !text.append(std::string_view("\0", 1)))
        return over_limit("the secret memory is full");
    if (const krb5_error_code code = krb5_init_creds_set_password(context_.get(), steps.get(), text.view().data());
        code != 0)
        return unavailable(words_of(context_.get(), code));
    return go_through(steps);
}

Result<void> KdcClient::log_in_by_keytab(const std::string& principal, const std::string& file)
{
    kerberos::Principal client(context_.get());
    kerberos::AsOptions options(context_.get());
    kerberos::AsSteps steps(context_.get());
    kerberos::Keytab keytab(context_.get());
    if (auto begun = begin(principal, client, options, steps); !begun)
        return begun;
    krb5_error_code code = krb5_kt_resolve(context_.get(), ("FILE:" + file).c_str(), keytab.out());
    if (code == 0)
        code = krb5_init_creds_set_keytab(context_.get(), steps.get(), keytab.get());
    if (code != 0)
        return unavailable(words_of(context_.get(), code));
    return go_through(steps);
}

// --- TGS exchange

Result<ServiceTicket, NoTicket> KdcClient::ticket(const std::string& service, const std::string& keytab)
{
    kerberos::Principal server(context_.get());
    kerberos::Principal client(context_.get());
    kerberos::TgsSteps steps(context_.get());
    krb5_creds wanted{};
    krb5_error_code code = krb5_parse_name(context_.get(), service.c_str(), server.out());
    if (code == 0)
        code = krb5_cc_get_principal(context_.get(), cache_.get(), client.out());
    wanted.client = client.get();
    wanted.server = server.get();
    if (code == 0)
        code = krb5_tkt_creds_init(context_.get(), cache_.get(), &wanted, KRB5_GC_NO_STORE, steps.out());
    if (code != 0)
        return std::unexpected(NoTicket{.text = words_of(context_.get(), code)});
    if (auto gone = go_through(steps); !gone)
        return std::unexpected(std::move(gone.error()));
    kerberos::Credentials found(context_.get());
    code = krb5_tkt_creds_get_creds(context_.get(), steps.get(), &*found);
    if (code != 0)
        return std::unexpected(NoTicket{.text = words_of(context_.get(), code)});
    return judge(*found, keytab);
}

Result<void, NoTicket> KdcClient::go_through(kerberos::TgsSteps& steps)
{
    Bytes reply;
    std::optional<std::uint32_t> refusal; // the last one, if libkrb5 gives up after it
    for (int asked = 0; asked < most_requests; ++asked) {
        krb5_data received = borrow(reply);
        krb5_data request{};
        krb5_data realm{};
        unsigned flags = 0;
        if (const auto error = error_in(context_.get(), reply))
            refusal = error;
        const krb5_error_code code =
            krb5_tkt_creds_step(context_.get(), steps.get(), &received, &request, &realm, &flags);
        const std::string to(kerberos::view(realm));
        const Bytes bytes = take(context_.get(), request, realm);
        if (code != 0)
            return std::unexpected(NoTicket{.unknown = refusal == service_unknown,
                                            .weak = refusal == enctype_unsupported,
                                            .text = words_of(context_.get(), code)});
        if ((flags & KRB5_TKT_CREDS_STEP_FLAG_CONTINUE) == 0)
            return {};
        if (to != realm_)
            return std::unexpected(NoTicket{.text = "the KDC refers to realm " + to + ", which is not asked"});
        auto answer = send(bytes);
        if (!answer)
            return std::unexpected(NoTicket{.text = answer.error().text});
        reply = std::move(*answer);
    }
    return std::unexpected(NoTicket{.text = "the KDC comes to no end"});
}

ServiceTicket KdcClient::judge(krb5_creds& ticket, const std::string& file) const
{
    krb5_ticket* decoded = nullptr;
    if (const krb5_error_code code = krb5_decode_ticket(&ticket.ticket, &decoded); code != 0)
        return {.why_not_opens = words_of(context_.get(), code)};
    const std::unique_ptr<krb5_ticket, TicketEnd> owned(decoded, TicketEnd{context_.get()});
    ServiceTicket told{.kvno = decoded->enc_part.kvno, .enctype = decoded->enc_part.enctype};
    kerberos::Keytab keytab(context_.get());
    krb5_error_code code = krb5_kt_resolve(context_.get(), ("FILE:" + file).c_str(), keytab.out());
    if (code == 0)
        code = krb5_server_decrypt_ticket_keytab(context_.get(), keytab.get(), decoded);
    told.opens = code == 0;
    if (code != 0)
        told.why_not_opens = words_of(context_.get(), code);
    return told;
}

} // namespace gatehouse::doctor
