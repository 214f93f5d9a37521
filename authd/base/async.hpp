#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gatehouse
{

/// The coroutine type of the whole project.
template <class T>
using Awaitable = boost::asio::awaitable<T>;

/// The one completion token for operations that can fail: `auto [error, n] = co_await op(..., as_result);`
inline constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

/// For operations that cannot fail, such as co_spawn of a coroutine that does not throw.
inline constexpr auto use_awaitable = boost::asio::use_awaitable;

} // namespace gatehouse
