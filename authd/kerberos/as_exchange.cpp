#include "kerberos/as_exchange.hpp"

#include "kerberos/private_profile.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace gatehouse::kerberos
{

namespace
{
constexpr krb5_deltat ticket_life = 300; // seconds: it is used at once, and never again
constexpr std::size_t max_services = 4;  // principals of the keytab that are tried
constexpr std::size_t max_requests = 16; // of one login; three are usual

// RFC 4120 section 7.5.9, RFC 6113 section 5.2
constexpr std::uint32_t preauth_required = 25;
constexpr std::uint32_t more_preauth_required = 91;
constexpr std::uint32_t client_unknown = 6;
constexpr std::uint32_t service_unavailable = 29;

AsExchange::Decided outage(std::string detail)
{
    return {{Reason::directory_unavailable, std::move(detail), false}, {}};
}

std::int64_t seconds_now()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()).time_since_epoch().count();
}

krb5_error_code make_principal(krb5_context context, const std::string& realm, const ClientName& name, Principal& made)
{
    const krb5_error_code code =
        krb5_build_principal_ext(context, made.out(), static_cast<unsigned>(realm.size()), realm.data(),
                                 static_cast<unsigned>(name.user.size()), name.user.data(), 0);
    if (code == 0)
        made->type = name.enterprise ? KRB5_NT_ENTERPRISE_PRINCIPAL : KRB5_NT_PRINCIPAL;
    return code;
}

/// RFC 4120 section 5.9.1: [APPLICATION 30], constructed.
bool is_krb_error(std::span<const std::uint8_t> reply)
{
    return !reply.empty() && reply.front() == 0x7E;
}

std::string told_by(krb5_context context, const krb5_error& error)
{
    std::string words = words_of(context, ERROR_TABLE_BASE_krb5 + static_cast<krb5_error_code>(error.error));
    if (error.text.length != 0)
        words += " (" + std::string(view(error.text)) + ")";
    return words;
}
} // namespace

AsExchange::Step AsExchange::begin()
{
    if (const auto done = prepare(); !done)
        return outage(done.error().text);
    return begin_as();
}

AsExchange::Step AsExchange::step(std::span<const std::uint8_t> reply)
{
    switch (phase_) {
    case Phase::password: return step_as(reply);
    case Phase::ticket: return step_ticket(reply);
    case Phase::stranger: break;
    }
    return Decided{{Reason::unknown_person, "the KDC knows no such principal", false}, {}};
}

Result<void> AsExchange::prepare()
{
    auto context = make_context();
    if (!context)
        return std::unexpected(std::move(context.error()));
    context_ = std::move(*context);
    client_.emplace(context_.get());
    keytab_.emplace(context_.get());
    options_.emplace(context_.get());
    as_.emplace(context_.get());
    cache_.emplace(context_.get());
    tgs_.emplace(context_.get());
    if (auto opened = open_keytab(context_.get(), wish_.keytab, *keytab_); !opened)
        return opened;
    auto services = services_in(context_.get(), wish_.keytab, keytab_->get(), wish_.realm);
    if (!services)
        return std::unexpected(std::move(services.error()));
    services_ = std::move(*services);
    if (!wish_.password.append(std::string_view("\0", 1))) // libkrb5 takes a C string
        return over_limit("the secret memory is full");
    return {};
}

// --- The AS exchange

krb5_error_code AsExchange::set_up_as()
{
    if (const krb5_error_code code = krb5_get_init_creds_opt_alloc(context_.get(), options_->out()); code != 0)
        return code;
    krb5_get_init_creds_opt* const options = options_->get();
    krb5_get_init_creds_opt_set_tkt_life(options, ticket_life);
    krb5_get_init_creds_opt_set_renew_life(options, 0);
    krb5_get_init_creds_opt_set_forwardable(options, 0);
    krb5_get_init_creds_opt_set_proxiable(options, 0);
    krb5_get_init_creds_opt_set_address_list(options, nullptr);
    krb5_get_init_creds_opt_set_canonicalize(options, wish_.canonical ? 1 : 0);
    if (const krb5_error_code code = make_principal(context_.get(), wish_.realm, wish_.names[name_], *client_);
        code != 0)
        return code;
    if (const krb5_error_code code =
            krb5_init_creds_init(context_.get(), client_->get(), nullptr, nullptr, 0, options, as_->out());
        code != 0)
        return code;
    return krb5_init_creds_set_password(context_.get(), as_->get(), wish_.password.view().data());
}

AsExchange::Step AsExchange::begin_as()
{
    if (const krb5_error_code code = set_up_as(); code != 0)
        return outage("libkrb5 cannot begin: " + words_of(context_.get(), code));
    krb5_data nothing{};
    krb5_data request{};
    krb5_data realm{};
    unsigned flags = 0;
    const krb5_error_code code = krb5_init_creds_step(context_.get(), as_->get(), &nothing, &request, &realm, &flags);
    return ask(code, request, realm, false);
}

AsExchange::Step AsExchange::step_as(std::span<const std::uint8_t> reply)
{
    krb5_data received = borrow(reply);
    bool answers_password = password_shown_;
    if (is_krb_error(reply)) {
        KrbError error(context_.get());
        if (krb5_rd_error(context_.get(), &received, error.out()) != 0)
            return outage("the KDC's answer cannot be read");
        skew_ = static_cast<std::uint32_t>(error->stime) - seconds_now();
        const bool asks_for_password = error->error == preauth_required && !password_shown_;
        if (!asks_for_password && error->error != more_preauth_required)
            return refused(*error.get());
        answers_password = true;
    }
    krb5_data request{};
    krb5_data realm{};
    unsigned flags = 0;
    const krb5_error_code code = krb5_init_creds_step(context_.get(), as_->get(), &received, &request, &realm, &flags);
    if (code == 0 && (flags & KRB5_INIT_CREDS_STEP_FLAG_CONTINUE) == 0)
        return begin_ticket();
    if (code == KRB5KRB_AP_ERR_BAD_INTEGRITY && !password_shown_) // the account needs no preauthentication
        return Decided{{Reason::wrong_password, "the KDC's reply does not open with this password", false}, {}};
    if (code == KRB5KRB_AP_ERR_BAD_INTEGRITY)
        return outage("the KDC took the password, but its reply does not open with it: it is not the realm's KDC");
    return ask(code, request, realm, answers_password);
}

AsExchange::Step AsExchange::refused(const krb5_error& error)
{
    if (error.error == service_unavailable && ++asked_ <= max_requests)
        return Ask{last_request_, password_shown_, true};
    if (error.error == client_unknown && name_ + 1 < wish_.names.size()) {
        ++name_;
        return begin_as();
    }
    if (error.error == client_unknown)
        return turn_stranger_away();
    const std::span data(reinterpret_cast<const std::uint8_t*>(error.e_data.data), error.e_data.length);
    const KdcRefusal refusal{.code = error.error,
                             .nt_status = nt_status_of(data),
                             .word = std::string(view(error.text)),
                             .text = told_by(context_.get(), error),
                             .password_shown = password_shown_,
                             .skew = skew_};
    return Decided{judge(refusal, wish_.state ? &*wish_.state : nullptr, std::chrono::system_clock::now()), {}};
}

/// Somebody unknown costs what a wrong password costs: the key that is made of it, and a second question.
AsExchange::Step AsExchange::turn_stranger_away()
{
    phase_ = Phase::stranger;
    const std::string_view password = wish_.password.view();
    const krb5_data secret{KV5M_DATA, static_cast<unsigned>(password.size() - 1), const_cast<char*>(password.data())};
    const krb5_data salt{KV5M_DATA, static_cast<unsigned>(wish_.realm.size()), wish_.realm.data()};
    krb5_keyblock key{};
    if (krb5_c_string_to_key(context_.get(), ENCTYPE_AES256_CTS_HMAC_SHA1_96, &secret, &salt, &key) == 0)
        krb5_free_keyblock_contents(context_.get(), &key);
    return Ask{last_request_, false, false};
}

// --- The ticket for our service

krb5_error_code AsExchange::keep_ticket_granting_ticket()
{
    Credentials granting(context_.get());
    if (const krb5_error_code code = krb5_init_creds_get_creds(context_.get(), as_->get(), &*granting); code != 0)
        return code;
    reached_ = std::string(view(granting->client->data[0]));
    if (granting->client->length != 1 || view(granting->client->realm) != wish_.realm)
        return KRB5_KDCREP_MODIFIED;
    if (const krb5_error_code code = krb5_cc_new_unique(context_.get(), "MEMORY", nullptr, cache_->out()); code != 0)
        return code;
    if (const krb5_error_code code = krb5_cc_initialize(context_.get(), cache_->get(), granting->client); code != 0)
        return code;
    return krb5_cc_store_cred(context_.get(), cache_->get(), &*granting);
}

AsExchange::Step AsExchange::begin_ticket()
{
    if (phase_ != Phase::ticket) {
        phase_ = Phase::ticket;
        if (const krb5_error_code code = keep_ticket_granting_ticket(); code != 0)
            return outage("the KDC's reply is of no use: " + words_of(context_.get(), code));
    }
    Principal service(context_.get());
    Principal client(context_.get());
    krb5_creds wanted{};
    krb5_error_code code = krb5_parse_name(context_.get(), services_[service_].c_str(), service.out());
    if (code == 0)
        code = krb5_cc_get_principal(context_.get(), cache_->get(), client.out());
    wanted.client = client.get();
    wanted.server = service.get();
    if (code == 0)
        code = krb5_tkt_creds_init(context_.get(), cache_->get(), &wanted, KRB5_GC_NO_STORE, tgs_->out());
    if (code != 0)
        return outage("libkrb5 cannot ask for " + services_[service_] + ": " + words_of(context_.get(), code));
    return step_ticket({});
}

AsExchange::Step AsExchange::step_ticket(std::span<const std::uint8_t> reply)
{
    krb5_data received = borrow(reply);
    krb5_data request{};
    krb5_data realm{};
    unsigned flags = 0;
    const krb5_error_code code = krb5_tkt_creds_step(context_.get(), tgs_->get(), &received, &request, &realm, &flags);
    if (code != 0)
        return next_service(words_of(context_.get(), code));
    if ((flags & KRB5_TKT_CREDS_STEP_FLAG_CONTINUE) == 0)
        return prove();
    return ask(code, request, realm, false);
}

AsExchange::Step AsExchange::next_service(const std::string& why)
{
    if (service_ + 1 < std::min(services_.size(), max_services)) {
        ++service_;
        return begin_ticket();
    }
    return outage("the KDC gives no ticket for " + services_[service_] + " of " + wish_.keytab +
                  ", so nothing proves it: " + why);
}

AsExchange::Step AsExchange::prove()
{
    Credentials ticket(context_.get());
    Principal service(context_.get());
    krb5_error_code code = krb5_tkt_creds_get_creds(context_.get(), tgs_->get(), &*ticket);
    if (code == 0)
        code = krb5_parse_name(context_.get(), services_[service_].c_str(), service.out());
    krb5_verify_init_creds_opt demand;
    krb5_verify_init_creds_opt_init(&demand);
    krb5_verify_init_creds_opt_set_ap_req_nofail(&demand, 1);
    if (code == 0)
        code = krb5_verify_init_creds(context_.get(), &*ticket, service.get(), keytab_->get(), nullptr, &demand);
    if (code != 0)
        return outage("the KDC's proof fails: its ticket for " + services_[service_] + " does not open with " +
                      wish_.keytab + " (" + words_of(context_.get(), code) +
                      "): export the present key of the service into that file, unless this is not the realm's KDC");
    return Decided{{Reason::granted, {}, false}, reached_};
}

// --- What goes out

/// `code` and `request` are what libkrb5 has just made; `request` is freed.
AsExchange::Step AsExchange::ask(krb5_error_code code, krb5_data& request, const krb5_data& realm, bool counts)
{
    krb5_data owned_realm = realm;
    const std::string to(view(realm));
    last_request_.assign(request.data, request.data + request.length);
    krb5_free_data_contents(context_.get(), &request);
    krb5_free_data_contents(context_.get(), &owned_realm);
    if (code != 0)
        return outage("libkrb5 cannot go on with the KDC's reply: " + words_of(context_.get(), code));
    if (to != wish_.realm)
        return outage("the KDC refers to realm " + to + ", which is not asked");
    if (++asked_ > max_requests)
        return outage("the KDC comes to no end");
    password_shown_ = password_shown_ || counts;
    return Ask{last_request_, counts, false};
}

} // namespace gatehouse::kerberos
