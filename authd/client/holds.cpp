#include "client/holds.hpp"

#include "base/log.hpp"
#include "client/link.hpp"

#include <utility>

namespace gatehouse::client
{

namespace
{
constexpr std::size_t lines_at_once = 64;
constexpr std::chrono::milliseconds starved_pause{100}; // until the secret memory may have room again

wire::NativeHold request_for(const HeldSession& session, wire::NativeId id)
{
    const auto since = std::chrono::floor<std::chrono::seconds>(session.since.time_since_epoch()).count();
    return {.id = id,
            .realm = session.realm,
            .person = session.person,
            .name = session.name,
            .service = session.service,
            .client = session.address,
            .store = session.store,
            .since = static_cast<std::uint64_t>(std::max<std::int64_t>(since, 0))};
}
} // namespace

Authd::Hold::Hold(Authd& authd, HeldSession session, OnEnd on_end)
    : link_(authd.link_), session_(std::move(session)), on_end_(std::move(on_end))
{
    link_->holds().add(*this);
}

Authd::Hold::~Hold()
{
    link_->holds().remove(*this);
}

Holds::Holds(Link& link) : link_(link), later_(link.io()) {}

void Holds::add(Authd::Hold& hold)
{
    untold_.insert(&hold);
    link_.keep_open();
    tell();
}

void Holds::remove(Authd::Hold& hold)
{
    untold_.erase(&hold);
    refused_.erase(&hold);
    if (hold.id_ == 0)
        return;
    told_.erase(hold.id_);
    ended_.push_back(hold.id_);
    tell();
}

void Holds::begin(std::shared_ptr<Connection> connection)
{
    connection_ = std::move(connection);
    connection_->set_beside(
        {.reply = [this](wire::NativeReply reply) { take(std::move(reply)); }, .sent = [this] { tell(); }});
    tell();
}

void Holds::lost()
{
    connection_.reset();
    ended_.clear();
    for (const auto& [id, hold] : told_) {
        hold->id_ = 0;
        untold_.insert(hold);
    }
    told_.clear();
    untold_.merge(refused_);
}

void Holds::close()
{
    lost();
    later_.cancel();
}

/// A reply that no call waits for: if it is a session's, it is the last.
void Holds::take(wire::NativeReply reply)
{
    const auto node = told_.extract(*reply.id);
    if (node.empty())
        return; // it is over on this side, too
    Authd::Hold& hold = *node.mapped();
    hold.id_ = 0;
    const auto* const refusal = std::get_if<wire::NativeRefusal>(&reply.body);
    const auto* const result = std::get_if<wire::NativeResult>(&reply.body);
    auto end = result != nullptr ? wire::parse_native_end(result->result) : std::unexpected(wire::WireError::malformed);
    if (!end)
        return refused(hold, refusal != nullptr ? refusal->text : "its answer is not what ends a session");
    const auto link = link_.shared_from_this(); // on_end may end the Authd
    auto on_end = std::exchange(hold.on_end_, nullptr);
    on_end(std::move(end->reason), std::move(end->text));
}

void Holds::refused(Authd::Hold& hold, std::string_view why)
{
    if (refused_.empty())
        log::error("authd does not hold sessions of this program, which go on whatever becomes of their people: {}",
                   why);
    refused_.insert(&hold);
}

/// As much as may wait for the socket; the rest when that has left.
void Holds::tell()
{
    while (connection_ && !connection_->lost() && connection_->unsent() < lines_at_once)
        if (!tell_ended() && !tell_next())
            return;
}

bool Holds::tell_ended()
{
    if (ended_.empty() || send(wire::NativeCancel{ended_.back()}) != Sent::yes)
        return false;
    ended_.pop_back();
    return true;
}

bool Holds::tell_next()
{
    if (untold_.empty())
        return false;
    Authd::Hold& hold = **untold_.begin();
    const wire::NativeId id = connection_->next_id();
    const Sent sent = send(request_for(hold.session_, id));
    if (sent == Sent::later)
        return false;
    untold_.erase(&hold);
    if (sent == Sent::never) {
        refused(hold, "a name of it is too long, or no text");
        return true;
    }
    hold.id_ = id;
    told_.emplace(id, &hold);
    return true;
}

Holds::Sent Holds::send(const wire::NativeRequest& request)
{
    auto line = wire::format_native_request(request);
    if (!line && line.error() != wire::WireError::out_of_memory)
        return Sent::never;
    if (!line) {
        try_later();
        return Sent::later;
    }
    connection_->send(std::move(*line));
    return Sent::yes;
}

void Holds::try_later()
{
    later_.expires_after(starved_pause);
    later_.async_wait([this, link = link_.weak_from_this()](boost::system::error_code error) {
        if (const auto alive = link.lock(); alive && !error)
            tell();
    });
}

} // namespace gatehouse::client
