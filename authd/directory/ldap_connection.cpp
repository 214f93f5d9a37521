#include "directory/ldap_connection.hpp"

#include "directory/ldap_messages.hpp"

#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <functional>

namespace gatehouse::directory
{

namespace asio = boost::asio;

namespace
{
constexpr ber_int_t page_size = 500;
constexpr std::size_t max_unsent = 256 * 1024; // a server that reads nothing gets no more requests

/// What libldap returned about the end of an operation, its memory owned.
struct Final {
    LdapResult result;
    LdapControls controls;
};

Final parse_final(LDAP* ldap, LDAPMessage* message)
{
    Final final;
    char* text = nullptr;
    LDAPControl** controls = nullptr;
    const int parsed =
        ldap_parse_result(ldap, message, &final.result.code, nullptr, &text, nullptr, &controls, 0 /* keep it */);
    const LdapText owned(text);
    final.controls.reset(controls);
    if (text != nullptr)
        final.result.diagnostic = text;
    if (parsed != LDAP_SUCCESS)
        final.result = {LDAP_DECODING_ERROR, "the answer does not parse"};
    return final;
}

using LdapControl = std::unique_ptr<LDAPControl, decltype([](LDAPControl* control) { ldap_control_free(control); })>;

LdapControl page_control(LDAP* ldap, std::string_view cookie)
{
    berval value = as_berval(cookie);
    LDAPControl* control = nullptr;
    ldap_create_page_control(ldap, page_size, cookie.empty() ? nullptr : &value, 0, &control);
    return LdapControl(control);
}

/// Null when the filter list does not parse: then whole attributes come, which is only more work.
LdapControl values_control(const std::string& filters)
{
    const LdapBer writer(ber_alloc_t(LBER_USE_DER));
    berval value{};
    LDAPControl* control = nullptr;
    if (writer == nullptr || ldap_put_vrFilter(writer.get(), filters.c_str()) < 0 ||
        ber_flatten2(writer.get(), &value, 0) < 0)
        return {};
    ldap_control_create(LDAP_CONTROL_VALUESRETURNFILTER, 0, &value, 1, &control);
    return LdapControl(control);
}

LdapControl plain_control(const char* oid, std::string_view value = {})
{
    berval bytes = as_berval(value);
    LDAPControl* control = nullptr;
    ldap_control_create(oid, 1 /* else the answer would be misread */, value.empty() ? nullptr : &bytes, 1, &control);
    return LdapControl(control);
}

PolicyResponse parse_policy(LDAP* ldap, LDAPControl** controls)
{
    PolicyResponse policy;
    LDAPControl* const control = ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE, controls, nullptr);
    if (control == nullptr)
        return policy;
    ber_int_t expires = -1;
    ber_int_t grace = -1;
    LDAPPasswordPolicyError error = PP_noError;
    if (ldap_parse_passwordpolicy_control(ldap, control, &expires, &grace, &error) != LDAP_SUCCESS)
        return policy;
    if (expires >= 0)
        policy.expires_in = expires;
    if (grace >= 0)
        policy.grace_logins = grace;
    if (error != PP_noError)
        policy.error = static_cast<std::uint32_t>(error);
    return policy;
}

std::string parse_page_cookie(LDAP* ldap, LDAPControl** controls)
{
    LDAPControl* const control = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, nullptr);
    ber_int_t estimate = 0;
    berval cookie{};
    if (control == nullptr || ldap_parse_pageresponse_control(ldap, control, &estimate, &cookie) != LDAP_SUCCESS)
        return {};
    const LdapText owned(cookie.bv_val);
    return cookie.bv_val == nullptr ? std::string() : std::string(cookie.bv_val, cookie.bv_len);
}

LdapResult too_many(const SearchRequest& request)
{
    return {LDAP_SIZELIMIT_EXCEEDED, "more than " + std::to_string(request.max_entries) + " entries match"};
}
} // namespace

LdapConnection::LdapConnection(DirectoryThread& thread, BlockingPool& network)
    : thread_(thread), network_(network), socket_(thread.context())
{
}

LdapConnection::~LdapConnection()
{
    pipe_.close(); // the handle's farewell goes nowhere
}

Awaitable<Result<BindResponse>> LdapConnection::bind(const std::string& dn, std::string_view password, bool ask_policy,
                                                     Deadline deadline)
{
    if (state_ != State::open)
        co_return unavailable(why_closed_);
    LDAPControl policy{const_cast<char*>(LDAP_CONTROL_PASSWORDPOLICYREQUEST), {0, nullptr}, 0};
    LDAPControl* controls[] = {&policy, nullptr};
    berval credential = as_berval(password);
    int id = 0;
    const int sent = ldap_sasl_bind(ldap_.get(), dn.c_str(), LDAP_SASL_SIMPLE, &credential,
                                    ask_policy ? controls : nullptr, nullptr, &id);
    if (sent != LDAP_SUCCESS) {
        close("libldap cannot send a bind: " + describe_result(sent));
        co_return unavailable(why_closed_);
    }
    Pending pending(thread_);
    flush();
    if (auto answered = co_await answer(pending, id, deadline); !answered) {
        close(answered.error().text); // it may still be evaluated: nothing else may follow on this connection
        co_return std::unexpected(std::move(answered.error()));
    }
    Final final = parse_final(ldap_.get(), pending.final.get());
    co_return BindResponse{std::move(final.result), parse_policy(ldap_.get(), final.controls.get())};
}

Awaitable<Result<SearchAnswer>> LdapConnection::search(const SearchRequest& request, Deadline deadline)
{
    SearchAnswer whole;
    std::string cookie;
    do {
        auto page = co_await search_page(request, cookie, deadline);
        if (!page)
            co_return std::unexpected(std::move(page.error()));
        whole.result = std::move(page->result);
        std::ranges::move(page->entries, std::back_inserter(whole.entries));
        if (whole.entries.size() > request.max_entries)
            whole.result = too_many(request);
    } while (!cookie.empty() && whole.result.code == LDAP_SUCCESS);
    co_return whole;
}

Awaitable<Result<SearchAnswer>> LdapConnection::search_page(const SearchRequest& request, std::string& cookie,
                                                            Deadline deadline)
{
    if (state_ != State::open)
        co_return unavailable(why_closed_);
    if (pipe_.output().size() > max_unsent)
        co_return over_limit("too many requests wait to be sent");
    const auto id = send_search(request, cookie, deadline);
    if (!id)
        co_return std::unexpected(id.error());
    Pending pending(thread_);
    pending.max_entries = request.max_entries;
    flush();
    if (auto answered = co_await answer(pending, *id, deadline); !answered)
        co_return std::unexpected(std::move(answered.error()));
    if (pending.over_limit) {
        cookie.clear();
        co_return SearchAnswer{too_many(request), std::move(pending.entries)};
    }
    Final final = parse_final(ldap_.get(), pending.final.get());
    cookie = parse_page_cookie(ldap_.get(), final.controls.get());
    co_return SearchAnswer{std::move(final.result), std::move(pending.entries)};
}

Result<int> LdapConnection::send_search(const SearchRequest& request, std::string_view cookie, Deadline deadline)
{
    std::vector<char*> attributes;
    for (const std::string& name : request.attributes)
        attributes.push_back(const_cast<char*>(name.c_str()));
    if (attributes.empty())
        attributes.push_back(const_cast<char*>(LDAP_NO_ATTRS));
    attributes.push_back(nullptr);

    const auto page = request.paged ? page_control(ldap_.get(), cookie) : LdapControl();
    const auto values = request.values.empty() ? LdapControl() : values_control(request.values);
    const auto deleted = request.deleted_too ? plain_control("1.2.840.113556.1.4.417") : LdapControl();
    // SEQUENCE { INTEGER 1 }: identifiers as text, not in hexadecimal
    const auto ids = request.dns_with_ids ? plain_control("1.2.840.113556.1.4.529", "0\3\2\1\1") : LdapControl();
    std::array<LDAPControl*, 5> controls{};
    std::ranges::copy_if(std::array{page.get(), values.get(), deleted.get(), ids.get()}, controls.begin(),
                         std::identity{});

    const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - Clock::now()).count();
    timeval limit{std::clamp<long>(left, 1, 3600), 0};
    const int scope = request.scope == SearchRequest::Scope::base ? LDAP_SCOPE_BASE : LDAP_SCOPE_SUBTREE;
    const int size_limit = request.paged ? 0 : static_cast<int>(request.max_entries) + 1;
    int id = 0;
    const int sent = ldap_search_ext(ldap_.get(), request.base.c_str(), scope, request.filter.c_str(),
                                     attributes.data(), 0, controls.data(), nullptr, &limit, size_limit, &id);
    if (sent == LDAP_FILTER_ERROR)
        return invalid("the search filter " + request.filter + " does not parse");
    if (sent != LDAP_SUCCESS) {
        close("libldap cannot send a search: " + describe_result(sent));
        return unavailable(why_closed_);
    }
    return id;
}

Awaitable<Result<void>> LdapConnection::answer(Pending& pending, int id, Deadline deadline)
{
    if (state_ == State::closed)
        co_return unavailable(why_closed_);
    pending_.emplace(id, &pending);
    const bool woken = co_await pending.waiter.wait(deadline);
    pending_.erase(id);
    if (pending.final)
        co_return Result<void>{};
    if (pending.over_limit)
        co_return Result<void>{};
    if (woken || state_ == State::closed)
        co_return unavailable(why_closed_);
    if (thread_.stopping())
        co_return unavailable("the directory is shutting down");
    ldap_abandon_ext(ldap_.get(), id, nullptr, nullptr);
    flush();
    co_return past_deadline("no answer in time");
}

void LdapConnection::close(const std::string& why)
{
    if (state_ == State::closed)
        return;
    state_ = State::closed;
    why_closed_ = why;
    boost::system::error_code ignored;
    if (shaking_hands_) {
        socket_.shutdown(asio::socket_base::shutdown_both, ignored); // the pool has the descriptor: end its wait only
    } else {
        pipe_.close();
        socket_.close(ignored);
    }
    for (const auto& [id, pending] : pending_)
        pending->waiter.wake();
    send_listeners_away();
}

void LdapConnection::receive()
{
    if (pipe_.room().empty())
        return close("libldap takes nothing more");
    socket_.async_receive(asio::buffer(pipe_.room().data(), pipe_.room().size()),
                          [self = shared_from_this()](const boost::system::error_code& error, std::size_t size) {
                              self->received(error, size);
                          });
}

void LdapConnection::received(const boost::system::error_code& error, std::size_t size)
{
    if (state_ == State::closed)
        return;
    if (error)
        return close(error == asio::error::eof ? "the server closed the connection"
                                               : "the connection broke: " + error.message());
    last_heard_ = Clock::now();
    pipe_.filled(size);
    drain();
    if (state_ == State::closed)
        return;
    flush(); // TLS may have something to say, too
    if (state_ == State::open || (state_ == State::opening && !pending_.empty()))
        receive();
}

void LdapConnection::drain()
{
    // "Ready" covers the pipe and what TLS has decrypted already, so this leaves nothing behind and never polls.
    // While opening, nothing is read beyond the one answer awaited: what follows it is not to be trusted.
    while ((state_ == State::open || !pending_.empty()) && state_ != State::closed &&
           ber_sockbuf_ctrl(sockbuf_, LBER_SB_OPT_DATA_READY, nullptr) > 0) {
        timeval no_wait{0, 0};
        LDAPMessage* message = nullptr;
        const int type = ldap_result(ldap_.get(), LDAP_RES_ANY, LDAP_MSG_ONE, &no_wait, &message);
        if (type < 0)
            close("what the server sent is no LDAP message, or one of more than 8 MiB");
        else if (type > 0)
            deliver(LdapMessage(message));
    }
}

void LdapConnection::deliver(LdapMessage message)
{
    if (ldap_msgid(message.get()) == LDAP_RES_UNSOLICITED) { // RFC 4511 section 4.4: only the Notice of Disconnection
        const LdapResult notice = parse_final(ldap_.get(), message.get()).result;
        return close("the server ends the connection: " + describe_result(notice.code) +
                     (notice.diagnostic.empty() ? "" : ": " + notice.diagnostic));
    }
    const auto found = pending_.find(ldap_msgid(message.get()));
    if (found == pending_.end()) {
        deliver_to_listener(message.get());
        return;
    }
    Pending& pending = *found->second;
    switch (ldap_msgtype(message.get())) {
    case LDAP_RES_SEARCH_ENTRY:
        if (pending.entries.size() < pending.max_entries) {
            pending.entries.push_back(parse_entry(ldap_.get(), message.get()));
        } else if (!pending.over_limit) {
            pending.over_limit = true;
            ldap_abandon_ext(ldap_.get(), found->first, nullptr, nullptr);
            pending.waiter.wake();
            pending_.erase(found);
        }
        break;
    case LDAP_RES_SEARCH_REFERENCE:
    case LDAP_RES_INTERMEDIATE: break;
    default:
        pending.final = std::move(message);
        pending.waiter.wake();
        pending_.erase(found);
    }
}

void LdapConnection::flush()
{
    if (waiting_to_send_ || state_ == State::closed || pipe_.output().empty())
        return;
    const auto bytes = pipe_.output();
    boost::system::error_code error;
    const std::size_t size = socket_.send(asio::buffer(bytes.data(), bytes.size()), 0, error);
    pipe_.sent(size);
    if (error && error != asio::error::would_block)
        return close("the connection broke: " + error.message());
    if (pipe_.output().empty())
        return;
    waiting_to_send_ = true;
    socket_.async_wait(asio::socket_base::wait_write,
                       [self = shared_from_this()](const boost::system::error_code& wait_error) {
                           self->waiting_to_send_ = false;
                           if (!wait_error)
                               self->flush();
                       });
}

std::string LdapConnection::last_libldap_error() const
{
    int code = LDAP_OTHER;
    char* text = nullptr;
    ldap_get_option(ldap_.get(), LDAP_OPT_RESULT_CODE, &code);
    ldap_get_option(ldap_.get(), LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
    const LdapText owned(text);
    return text != nullptr && *text != '\0' ? std::string(text) : describe_result(code);
}

} // namespace gatehouse::directory
