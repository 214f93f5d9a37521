#pragma once

#include "base/async.hpp"
#include "base/deadline.hpp"
#include "base/result.hpp"
#include "client/login.hpp"
#include "wire/native.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <variant>

namespace gatehouse::client
{

class Link;

struct Settings {
    std::string socket{default_socket};
    std::size_t in_flight = 256;               ///< calls at once; the listener reads no more either
    std::chrono::milliseconds greeting{2000};  ///< to connect and be greeted
    std::chrono::milliseconds patience{1000};  ///< how long calls wait for authd to come back before they fail at once
    std::chrono::milliseconds first_pause{50}; ///< between attempts to connect; doubles up to `longest_pause`
    std::chrono::milliseconds longest_pause{250};
};

/// What authd says in a SASL exchange: another challenge, or the end.
using Turn = std::variant<wire::NativeChallenge, Answer>;

/// How a SASL exchange begins.
struct Opening {
    std::string service;
    std::string mechanism;
    std::optional<Secret> initial; ///< nothing: no initial response; empty: an empty one
    std::string address{};
    std::string realm{};
};

/// Asks authd. Any number of coroutines may call at once; all share one connection, which is opened at the first call
/// and again whenever it is lost. A call is sent once and never repeated, since each may count at the directory. Lives
/// on one io_context, used on its thread only. Ends what is under way when it ends; the io_context's run returns only
/// after that, since an open connection is always being read.
///
/// Every Error is an outage to the person who logs in. Kinds: `unavailable` (authd is away, or was lost meanwhile),
/// `deadline`, `limit` (too many calls, or no secret memory), `invalid` (authd does not serve such requests here: a
/// mistake in a configuration).
class Authd
{
public:
    explicit Authd(boost::asio::io_context& io, Settings settings = {});
    ~Authd();
    Authd(const Authd&) = delete;
    Authd& operator=(const Authd&) = delete;

    Awaitable<Result<Answer>> authenticate(Login login, Deadline deadline);

    /// One SASL exchange: `begin` once, then `step` after each challenge. Forgotten at authd when it ends before its
    /// verdict. Must end before its Authd; used by one coroutine at a time.
    class Exchange
    {
    public:
        explicit Exchange(Authd& authd);
        ~Exchange();
        Exchange(const Exchange&) = delete;
        Exchange& operator=(const Exchange&) = delete;

        Awaitable<Result<Turn>> begin(Opening opening, Deadline deadline);
        /// Error also: `unavailable` when the connection that carried the exchange was lost since.
        Awaitable<Result<Turn>> step(Secret response, Deadline deadline);

    private:
        struct Seat; // the connection and the id that carry the exchange
        Awaitable<Result<Turn>> turn(wire::NativeRequest request, Deadline deadline);
        Link& link_;
        std::unique_ptr<Seat> seat_;
    };

    // For administrators (listeners with may_control); what the results hold is described in README.md.
    Awaitable<Result<boost::json::value>> status(Deadline deadline);
    Awaitable<Result<boost::json::value>> explain(std::string login, Deadline deadline);
    Awaitable<Result<boost::json::value>> reload(Deadline deadline);

    /// Ends the connection and every call; later calls fail. The destructor does the same.
    void close();

private:
    Awaitable<Result<boost::json::value>> control(wire::NativeControl request, Deadline deadline);

    std::shared_ptr<Link> link_;
};

} // namespace gatehouse::client
