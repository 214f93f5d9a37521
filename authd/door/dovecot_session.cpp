#include "door/dovecot_session.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "door/counting.hpp"
#include "sasl/mechanism_table.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>
#include <unistd.h>

namespace gatehouse::door
{

namespace
{
std::atomic<std::uint32_t> connection_number{0};

std::string random_cookie()
{
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        return {};
    return fmt::format("{:02x}", fmt::join(bytes, ""));
}

/// The protocol carries no channel bindings.
Channel channel_of(const wire::DovecotAuthBegin& request)
{
    Channel channel;
    if (request.valid_client_certificate && !request.certificate_name.empty())
        channel.certificate = ClientCertificate{.name = request.certificate_name};
    return channel;
}

wire::DovecotFailCode fail_code(Reason reason)
{
    switch (reason) {
    case Reason::account_disabled:
    case Reason::account_expired:
    case Reason::logon_hours:
    case Reason::workstation: return wire::DovecotFailCode::user_disabled;
    case Reason::password_expired:
    case Reason::must_change_password: return wire::DovecotFailCode::pass_expired;
    case Reason::not_admitted: return wire::DovecotFailCode::authz_fail;
    default: return is_outage(reason) ? wire::DovecotFailCode::temp_fail : wire::DovecotFailCode::none;
    }
}
} // namespace

DovecotSession::DovecotSession(PeerStream& stream, const Peer& peer, Counters& counters, gate::Gate& gate,
                               DovecotLogins& logins)
    : stream_(stream),
      peer_(peer),
      counters_(counters),
      gate_(gate),
      logins_(logins),
      in_flight_(stream),
      cookie_(random_cookie())
{
}

Awaitable<void> DovecotSession::run()
{
    if (!greet())
        co_return;
    while (!ending_ && co_await read_lines()) {
    }
    co_await in_flight_.wait_below(1);
    co_await stream_.flush(Clock::now() + peer_.settings->limits.request);
}

bool DovecotSession::greet()
{
    if (cookie_.empty()) {
        log::error("dovecot door: OpenSSL has no random numbers");
        return false;
    }
    const auto offered = sasl::offered_mechanisms(peer_.settings->mechanisms);
    stream_.send(wire::dovecot_greeting(offered, static_cast<std::uint32_t>(::getpid()), ++connection_number, cookie_));
    return true;
}

Awaitable<bool> DovecotSession::read_lines()
{
    bool fed = true;
    const PeerStream::Consumer feed = [&](auto bytes) { return (fed = lines_.feed(bytes).has_value()); };
    const bool some = lines_.partial() ? co_await stream_.read(feed, Clock::now() + peer_.settings->limits.request)
                                       : co_await stream_.read_when_idle(feed);
    while (auto line = lines_.next()) {
        co_await in_flight_.wait_below(peer_.settings->limits.in_flight);
        if (ending_)
            co_return false;
        if (!take(*line)) {
            counters_.protocol_errors.fetch_add(1, std::memory_order_relaxed);
            co_return false;
        }
    }
    if (!fed)
        counters_.protocol_errors.fetch_add(1, std::memory_order_relaxed);
    co_return some;
}

bool DovecotSession::take(const Secret& line)
{
    auto parsed = wire::parse_dovecot_client_line(line);
    if (!parsed)
        return false;
    return std::visit([this](auto&& command) { return take(std::move(command)); }, std::move(*parsed));
}

bool DovecotSession::take(const wire::DovecotVersion& version)
{
    minor_ = version.minor;
    version_seen_ = true;
    return true;
}

bool DovecotSession::take(const wire::DovecotClientPid& client)
{
    client_pid_ = client.pid;
    return version_seen_;
}

bool DovecotSession::take(wire::DovecotAuthBegin begin)
{
    if (client_pid_ == 0 || open_.contains(begin.id) || open_.size() >= peer_.settings->limits.in_flight)
        return false;
    in_flight_.now([&] {
        OpenPtr open(new Open{.conversation = {}, .request = std::move(begin)});
        const auto rules = gate_.rules();
        auto step = open->conversation.begin(open->request.mechanism, *peer_.settings, rules->means,
                                             channel_of(open->request), std::exchange(open->request.response, {}));
        proceed(std::move(open), std::move(step));
    });
    return true;
}

bool DovecotSession::take(wire::DovecotAuthContinue more)
{
    auto node = open_.extract(more.id);
    if (node.empty())
        return true; // it may have crossed our own FAIL
    OpenPtr open = std::move(node.mapped());
    if (auto person = std::exchange(open->granted, {})) {
        grant(std::move(open), std::move(*person), {});
        return true;
    }
    in_flight_.now([&] {
        auto step = open->conversation.next(std::move(more.response));
        proceed(std::move(open), std::move(step));
    });
    return true;
}

bool DovecotSession::take(const wire::DovecotCancel& cancel)
{
    open_.erase(cancel.id);
    return true;
}

bool DovecotSession::take(const wire::DovecotFault& fault)
{
    auto node = open_.extract(fault.id);
    wire::DovecotAuthBegin request = node.empty() ? wire::DovecotAuthBegin{} : std::move(node.mapped()->request);
    request.id = fault.id;
    const bool starved = fault.why == wire::WireError::out_of_memory;
    in_flight_.run(refuse(std::move(request),
                          {starved ? Reason::overloaded : Reason::malformed_credential, "the response is not base64"}));
    return true;
}

/// A step that waits for nobody is taken without a coroutine: most of an exchange is such steps.
void DovecotSession::proceed(OpenPtr open, std::optional<Conversation::Step> step)
{
    if (!step)
        in_flight_.run(ask(std::move(open)));
    else if (auto* more = std::get_if<Conversation::Challenge>(&*step))
        challenge(std::move(open), more->bytes);
    else if (auto* refused = std::get_if<Conversation::Refused>(&*step))
        in_flight_.run(refuse(std::move(open->request), std::move(*refused)));
    else
        in_flight_.run(authenticate(std::move(open), std::get<Conversation::Finished>(std::move(*step))));
}

Awaitable<void> DovecotSession::ask(OpenPtr open)
{
    auto step = co_await open->conversation.ask();
    proceed(std::move(open), std::move(step));
}

void DovecotSession::challenge(OpenPtr open, std::string_view bytes)
{
    const std::uint32_t id = open->request.id;
    open_.emplace(id, std::move(open));
    stream_.send_soon(wire::dovecot_cont(id, bytes));
}

Attempt DovecotSession::attempt_of(const wire::DovecotAuthBegin& request, Credential credential) const
{
    return {.service = request.service,
            .realm_hint = {},
            .client_address = request.remote_address,
            .mechanism = request.mechanism,
            .peer_uid = peer_.uid,
            .credential = std::move(credential)};
}

Awaitable<void> DovecotSession::authenticate(OpenPtr open, Conversation::Finished finished)
{
    const std::string login = login_of(finished.credential);
    Trail trail;
    const Deadline decide_by = Clock::now() + peer_.settings->limits.login;
    const Verdict verdict =
        co_await gate_.check(attempt_of(open->request, std::move(finished.credential)), peer_.pins, decide_by, trail);
    count(counters_, verdict);
    if (verdict.granted())
        grant(std::move(open), *verdict.person(), finished.last.empty() ? trail.last : finished.last);
    else
        turn_away(open->request, login, verdict);
}

Awaitable<void> DovecotSession::refuse(wire::DovecotAuthBegin request, Conversation::Refused refused)
{
    const Verdict verdict = co_await gate_.refuse(attempt_of(request, ProvedName{refused.login}), peer_.pins,
                                                  refused.reason, std::move(refused.detail));
    count(counters_, verdict);
    turn_away(request, refused.login, verdict);
}

/// `last` completes the exchange on the client's side. A client that takes no data with OK gets it as a challenge
/// first.
void DovecotSession::grant(OpenPtr open, Person person, std::string_view last)
{
    const wire::DovecotAuthBegin& request = open->request;
    if (!last.empty() && !request.final_response) {
        open->granted = std::move(person);
        return challenge(std::move(open), last);
    }
    std::vector<wire::DovecotField> fields;
    if (!last.empty())
        fields.push_back({"resp", text::base64({reinterpret_cast<const std::uint8_t*>(last.data()), last.size()})});
    const std::string ok = wire::dovecot_ok(request.id, person.mailbox, fields);
    if (!request.nologin)
        logins_.keep(cookie_, client_pid_, request.id, std::move(person));
    stream_.send_soon(ok);
}

void DovecotSession::turn_away(const wire::DovecotAuthBegin& request, const std::string& login, const Verdict& verdict)
{
    if (verdict.unavailable() && minor_ == 0) {
        ending_ = true;
        if (stream_.open())
            stream_.stop_reading();
        return;
    }
    // Dovecot shows a reason as an ALERT, which mail clients pop up: only where there is something to tell.
    const wire::DovecotFailCode code = fail_code(verdict.told());
    const wire::DovecotFail fail{
        .user = login,
        .reason = code == wire::DovecotFailCode::none ? "" : std::string(public_text(verdict.told())),
        .code = code};
    stream_.send_soon(wire::dovecot_fail(request.id, fail, minor_));
}

} // namespace gatehouse::door
