#include "directory/mailbox.hpp"

#include <boost/asio/buffer.hpp>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace gatehouse::directory
{

namespace asio = boost::asio;

Mailbox& Mailbox::of(asio::io_context& context)
{
    return asio::use_service<Mailbox>(context);
}

Mailbox::Mailbox(asio::execution_context& context)
    : service(context),
      event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      descriptor_(static_cast<asio::io_context&>(context))
{
    if (event_ < 0)
        throw std::system_error(errno, std::generic_category(), "eventfd");
    descriptor_.assign(event_);
}

Mailbox::~Mailbox() = default;

void Mailbox::shutdown()
{
    boost::system::error_code ignored;
    descriptor_.close(ignored);
}

void Mailbox::listen()
{
    ++listeners_;
    wait();
}

void Mailbox::listen_no_more()
{
    if (--listeners_ == 0 && waiting_)
        descriptor_.cancel();
}

void Mailbox::send(Letter& letter) noexcept
{
    Letter* newest = newest_.load(std::memory_order_relaxed);
    do {
        letter.next_ = newest;
    } while (!newest_.compare_exchange_weak(newest, &letter, std::memory_order_release, std::memory_order_relaxed));
    if (newest != nullptr)
        return; // whoever sent that one rings
    const std::uint64_t ring = 1;
    while (::write(event_, &ring, sizeof ring) < 0 && errno == EINTR)
        ;
}

void Mailbox::wait()
{
    if (waiting_ || listeners_ == 0)
        return;
    waiting_ = true;
    descriptor_.async_read_some(asio::buffer(&count_, sizeof count_),
                                [this](const boost::system::error_code& error, std::size_t) {
                                    waiting_ = false;
                                    if (!error)
                                        open_all();
                                    wait();
                                });
}

void Mailbox::open_all()
{
    Letter* letters = nullptr;
    for (Letter* letter = newest_.exchange(nullptr, std::memory_order_acquire); letter != nullptr;)
        letters = std::exchange(letter, std::exchange(letter->next_, letters)); // now the oldest is first
    while (letters != nullptr)
        std::exchange(letters, letters->next_)->open();
}

} // namespace gatehouse::directory
