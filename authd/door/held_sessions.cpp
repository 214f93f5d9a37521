#include "door/held_sessions.hpp"

#include <boost/asio/post.hpp>

namespace gatehouse::door
{

namespace asio = boost::asio;

namespace
{
constexpr std::size_t lines_at_once = 64;
constexpr std::chrono::seconds patience{30}; // with a client that does not read

Reason pinned(const wire::NativeHold& request, const Pins& pins)
{
    if (!pins.services.empty() && !pins.services.contains(request.service))
        return Reason::service_not_allowed;
    if (!pins.realms.empty() && !pins.realms.contains(request.realm))
        return Reason::realm_not_allowed;
    return Reason::granted;
}
} // namespace

void HeldSessions::hold(const wire::NativeHold& request, const Pins& pins, const gate::Rules& rules)
{
    if (const Reason reason = pinned(request, pins); reason != Reason::granted)
        return tell(request.id, gate::session_end(reason));
    const auto number = sessions_.hold({.realm = request.realm,
                                        .person = request.person,
                                        .name = request.name,
                                        .service = request.service,
                                        .client = pins.may_assert_address ? request.client : std::string(),
                                        .store = request.store,
                                        .listener = pins.listener,
                                        .since = request.since},
                                       weak_from_this(), request.id, rules, std::chrono::system_clock::now());
    if (number)
        held_.emplace(request.id, *number);
    else
        tell(request.id, number.error());
}

void HeldSessions::cancel(wire::NativeId id)
{
    if (const auto node = held_.extract(id))
        sessions_.forget(node.mapped());
}

void HeldSessions::close()
{
    closed_ = true;
    for (const auto& [id, number] : held_)
        sessions_.forget(number);
    held_.clear();
    ends_.clear();
}

void HeldSessions::end(std::vector<gate::EndedSession> ended)
{
    // Weak: on another thread the last share must not be the one that outlives the connection's stream.
    asio::post(context_, [weak = weak_from_this(), ended = std::move(ended)] {
        if (const auto self = weak.lock())
            self->take(ended);
    });
}

void HeldSessions::take(const std::vector<gate::EndedSession>& ended)
{
    if (closed_)
        return;
    for (const auto& [number, tag, why] : ended) {
        const auto at = held_.find(tag);
        if (at == held_.end() || at->second != number)
            continue; // the client has ended it meanwhile
        held_.erase(at);
        tell(tag, why);
    }
}

void HeldSessions::tell(wire::NativeId id, gate::SessionEnd why)
{
    ends_.push_back({id, why});
    if (!std::exchange(is_telling_, true))
        telling_.run(tell_all());
}

Awaitable<void> HeldSessions::tell_all()
{
    const auto self = shared_from_this();
    while (!ends_.empty()) {
        for (std::size_t i = 0; i < lines_at_once && !ends_.empty(); ++i) {
            const auto [id, why] = ends_.front();
            ends_.pop_front();
            stream_.send_soon(
                wire::format_native_result(id, boost::json::object{{"end", why.reason}, {"text", why.text}}));
        }
        if (!co_await stream_.flush(Clock::now() + patience)) {
            stream_.close(); // sessions that it does not end must not stay held
            break;
        }
    }
    is_telling_ = false;
}

} // namespace gatehouse::door
