#pragma once

#include "base/deadline.hpp"
#include "base/secret.hpp"
#include "codec/boundary.hpp"
#include "codec/front.hpp"
#include "edge/settings.hpp"
#include "edge/stream.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace gatehouse::edge
{

/// Moves bytes between a logged-in client and their store until either has ended and what it sent is delivered. A peer
/// that reads slowly holds one piece of bytes and lets the other side wait; an idle pair holds no buffer. Keeps itself
/// alive while it runs; on its io_context's thread only.
class Relay : public std::enable_shared_from_this<Relay>
{
public:
    /// Called once, when it is over, with the bytes that the client and the store have sent.
    using OnEnd = std::move_only_function<void(std::uint64_t from_client, std::uint64_t from_store)>;

    /// `boundary`: null where the front end says nothing after login.
    Relay(boost::asio::io_context& io, Protocol protocol, Stream client, Stream store,
          std::unique_ptr<codec::Boundary> boundary);

    /// `for_store` and `for_client`: what arrived with the login, delivered first.
    void start(const Secret& for_store, std::string for_client, OnEnd on_end);
    /// Ends both sides, and tells the client why where that is possible.
    void end(codec::Farewell why);

private:
    struct Way {
        Stream& from;
        Stream& to;
        bool from_client;
        std::string unsent{}; // what `to` has not taken yet; nothing is read meanwhile
        std::size_t sent = 0; // of `unsent`
        std::uint64_t bytes = 0;
        bool eager = false; // `to` took the last piece whole
        bool ended = false; // `from` sends no more
        bool over = false;  // ... and `to` was told
    };

    void pump(Way& way);
    bool flush(Way& way);
    bool move_some(Way& way);
    void observe(const Way& way, std::span<const std::uint8_t> bytes);
    void wait(Way& way, Stream& on, Stream::Outcome outcome);
    void end_way(Way& way);
    void linger();
    void await_store();
    void finish();

    boost::asio::io_context& io_;
    const Protocol protocol_;
    Stream client_;
    Stream store_;
    Way up_{client_, store_, true};
    Way down_{store_, client_, false};
    std::unique_ptr<codec::Boundary> boundary_;
    OnEnd on_end_;
    DeadlineWheel::Alarm alarm_; // for what must come once one side has ended
    bool lingers_ = false;       // the store is gone: what the client still sends is dropped
    bool finished_ = false;
};

} // namespace gatehouse::edge
