#pragma once

#include "base/async.hpp"
#include "base/deadline.hpp"
#include "base/descriptor.hpp"
#include "door/worker.hpp"

#include <boost/asio/local/stream_protocol.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::door
{

/// A connected client: reads into memory that is wiped, writes without waiting where the socket has room, ends itself
/// when a deadline passes. Lives on its worker's thread. An idle client costs no buffer.
class PeerStream
{
public:
    /// Takes what arrived before the next co_await; the bytes are wiped afterwards. False: give the connection up.
    using Consumer = std::function<bool(std::span<const std::uint8_t>)>;

    /// Answers that a client has not read yet; more closes the connection.
    static constexpr std::size_t max_unsent = 1024 * 1024;

    /// `socket` does not block.
    PeerStream(Worker& worker, Descriptor socket);
    ~PeerStream();
    PeerStream(const PeerStream&) = delete;
    PeerStream& operator=(const PeerStream&) = delete;

    Worker& worker() { return worker_; }

    /// Waits for bytes and gives them to `consume`. False: the peer is gone or late, or `consume` said so.
    Awaitable<bool> read(const Consumer& consume, Deadline deadline);
    /// As above without a deadline, for a client between requests; a draining worker ends it.
    Awaitable<bool> read_when_idle(const Consumer& consume);

    /// Queues bytes and sends what the socket takes now; the rest follows as it drains. A client that does not read is
    /// cut.
    void send(std::string_view bytes);
    /// Queues bytes until the end of this round of the event loop, so that answers to pipelined requests leave
    /// together.
    void send_soon(std::string_view bytes);
    /// Waits until all is sent, up to the deadline.
    Awaitable<bool> flush(Deadline deadline);

    /// Half-closes, then waits for the peer to close, so that no answer is lost to a reset.
    Awaitable<void> finish(Deadline deadline);
    /// The same for a client that has sent its whole request, without the wait. What it sent beyond is not taken; a
    /// Unix socket's peer can read the answer all the same before it learns that.
    Awaitable<void> hang_up(Deadline deadline);
    void close();
    /// Ends a read that waits, and every later one; what was queued is still sent.
    void stop_reading();
    bool open() const { return fd_ >= 0; }

    /// Set while a request of this client is under way: a draining worker leaves it alone.
    void set_busy(bool busy);

private:
    friend class Worker;
    using Socket = boost::asio::local::stream_protocol::socket;
    enum class Received { some, nothing_yet, ended };

    Received receive(const Consumer& consume);
    Awaitable<bool> wait(Socket::wait_type event);
    bool give_to_asio();
    Awaitable<bool> wait_and_receive(const Consumer& consume);
    void send_what_fits();
    void wait_writable();
    bool idle() const { return waiting_idle_ && !busy_; }

    Worker& worker_;
    Descriptor alone_; // until the first wait: a client that has sent its request costs no place in epoll
    Socket socket_;    // from then on
    int fd_;           // of the one or the other; -1 once closed
    DeadlineWheel::Alarm alarm_;
    std::string unsent_;
    bool writing_ = false;
    bool sending_soon_ = false;
    bool waiting_idle_ = false;
    bool busy_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true); // what a posted function checks before it touches this
    PeerStream* next_ = nullptr;
    PeerStream** link_ = nullptr;
};

} // namespace gatehouse::door
