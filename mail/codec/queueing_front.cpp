#include "codec/queueing_front.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace gatehouse::codec
{

namespace
{
constexpr std::size_t read_ahead = 65'536; // of commands that came together with the one that is being answered
}

std::vector<std::string_view> usable_mechanisms(const FrontSettings& settings, const Channel& channel)
{
    std::vector<std::string_view> usable;
    if (!channel.secure && !settings.passwords_in_clear)
        return usable;
    for (const std::string_view name : settings.mechanisms)
        if ((channel.bindings || !name.ends_with("-PLUS")) && (channel.certificate || name != "EXTERNAL"))
            usable.push_back(name);
    return usable;
}

QueueingFront::QueueingFront(const FrontSettings& settings)
    : settings_(settings), inbox_(settings.max_response + read_ahead)
{
}

Result<void, wire::WireError> QueueingFront::feed(std::span<const std::uint8_t> bytes)
{
    return over_ ? Result<void, wire::WireError>{} : inbox_.feed(bytes);
}

std::optional<FrontAction> QueueingFront::next()
{
    while (actions_.empty() && !waiting_ && !over_)
        if (!(exchange_ ? read_response() : read_command()))
            break;
    if (actions_.empty())
        return std::nullopt;
    FrontAction action = std::move(actions_.front());
    actions_.pop_front();
    return action;
}

void QueueingFront::secured(const Channel& channel)
{
    channel_ = channel;
    waiting_ = false;
    inbox_.clear();
    begin_anew();
}

void QueueingFront::challenge(std::string_view bytes)
{
    waiting_ = false;
    exchange_ = true;
    send(challenge_line(text::base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()})));
}

void QueueingFront::refuse(Refusal why, std::string_view text)
{
    waiting_ = exchange_ = false;
    tell_refused(why, text);
    if (why != Refusal::unavailable && ++failures_ >= settings_.max_failures)
        say_farewell(Farewell::too_many);
}

void QueueingFront::close()
{
    over_ = true;
    inbox_.clear();
    actions_.push_back(Close{});
}

void QueueingFront::say_farewell(Farewell why)
{
    send(farewell(why));
    close();
}

/// Whatever came behind STARTTLS was put there by somebody who cannot read the answer (RFC 3207, section 4.2).
void QueueingFront::start_tls(std::string reply)
{
    if (!inbox_.empty())
        return close();
    send(std::move(reply));
    actions_.push_back(StartTls{});
    waiting_ = true;
}

void QueueingFront::check_password(std::string login, Secret password)
{
    waiting_ = true;
    actions_.push_back(CheckPassword{std::move(login), std::move(password)});
}

bool QueueingFront::may_use(std::string_view mechanism) const
{
    return std::ranges::any_of(usable_mechanisms(settings_, channel_),
                               [&](std::string_view name) { return text::equal_ignoring_case(name, mechanism); });
}

void QueueingFront::begin_exchange(std::string_view mechanism, std::optional<std::string_view> initial)
{
    BeginExchange begin{.mechanism = std::string(mechanism), .initial = {}};
    std::ranges::transform(begin.mechanism, begin.mechanism.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    if (initial && *initial == "=") {
        begin.initial.emplace();
    } else if (initial) {
        begin.initial = decoded(*initial);
        if (!begin.initial)
            return;
    }
    waiting_ = true;
    actions_.push_back(std::move(begin));
}

/// Nothing: the client was told why.
std::optional<Secret> QueueingFront::decoded(std::string_view base64)
{
    auto bytes = text::decode_base64(base64);
    if (bytes)
        return std::move(*bytes);
    tell_broken(bytes.error().kind == ErrorKind::limit ? Broken::no_memory : Broken::malformed);
    return std::nullopt;
}

std::optional<Secret> QueueingFront::take_line(std::size_t most)
{
    const auto end = inbox_.line_end();
    if (end.value_or(inbox_.size()) > most + 1) { // its CR
        tell_broken(Broken::too_long);
        say_farewell(Farewell::too_many);
        return std::nullopt;
    }
    if (!end)
        return std::nullopt;
    auto line = inbox_.take(*end + 1);
    if (!line) {
        tell_broken(Broken::no_memory);
        close();
        return std::nullopt;
    }
    const std::string_view text = line->view().substr(0, *end);
    line->truncate(text.ends_with('\r') ? *end - 1 : *end);
    if (!exchange_ && !count_command())
        return std::nullopt;
    return line;
}

bool QueueingFront::count_command()
{
    if (++commands_ <= settings_.max_commands)
        return true;
    say_farewell(Farewell::too_many);
    return false;
}

bool QueueingFront::read_response()
{
    const auto line = take_line(settings_.max_response);
    if (!line)
        return false;
    take_response(line->view());
    return true;
}

void QueueingFront::take_response(std::string_view base64)
{
    exchange_ = false;
    if (base64 == "*") {
        actions_.push_back(CancelExchange{});
        return tell_broken(Broken::cancelled);
    }
    auto bytes = base64.empty() ? std::optional<Secret>(Secret{}) : decoded(base64);
    if (!bytes) {
        actions_.push_back(CancelExchange{});
        return;
    }
    waiting_ = true;
    actions_.push_back(ExchangeStep{std::move(*bytes)});
}

} // namespace gatehouse::codec
