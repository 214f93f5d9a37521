#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <stdexcept>

namespace gatehouse
{

/// The io_context of a coroutine's executor: `io_of(co_await this_coro::executor)`. Logins run on those of the workers,
/// with one thread each. Throws std::logic_error for an executor of another kind.
inline boost::asio::io_context& io_of(const boost::asio::any_io_executor& executor)
{
    using OneThread = boost::asio::io_context::executor_type;
    const OneThread* const home = executor.target<OneThread>();
    if (home == nullptr)
        throw std::logic_error("this coroutine runs on an io_context only");
    return home->context();
}

} // namespace gatehouse
