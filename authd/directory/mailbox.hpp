#pragma once

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace gatehouse::directory
{

/// Letters from other threads to the thread of an io_context. Many letters that come close together cost one wake-up.
/// asio::post would do the same, but wakes the other thread while it holds the lock that this one then runs into: at
/// each login two more waits in the kernel (measured: 1.3 futex calls a bind).
class Mailbox : public boost::asio::execution_context::service
{
public:
    static inline boost::asio::execution_context::id id;

    /// What is sent: lives in the sender's frame until it is opened, so that sending allocates nothing.
    class Letter
    {
    public:
        Letter() = default;
        Letter(const Letter&) = delete;
        Letter& operator=(const Letter&) = delete;

        /// Called once, on the receiving thread. The letter may end in it.
        virtual void open() = 0;

    protected:
        ~Letter() = default;

    private:
        friend class Mailbox;
        Letter* next_ = nullptr;
    };

    /// The mailbox of the io_context, made at the first call, which comes on the context's own thread or before it
    /// runs.
    static Mailbox& of(boost::asio::io_context& context);

    explicit Mailbox(boost::asio::execution_context& context);
    ~Mailbox() override;

    /// Letters are opened while anybody listens, and so long the io_context has work and does not end. Each on the
    /// context's own thread, which is one.
    void listen();
    void listen_no_more();
    /// From any thread, to a mailbox that is listened to.
    void send(Letter& letter) noexcept;

private:
    void shutdown() override;
    void wait();
    void open_all();

    std::atomic<Letter*> newest_{nullptr}; // of those that were sent and not opened yet
    int event_ = -1;                       // eventfd(2); the descriptor below owns it
    std::uint64_t count_ = 0;
    std::size_t listeners_ = 0;
    bool waiting_ = false;
    boost::asio::posix::stream_descriptor descriptor_;
};

} // namespace gatehouse::directory
