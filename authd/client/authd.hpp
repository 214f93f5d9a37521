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
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace gatehouse::client
{

class Holds;
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
    Channel channel{}; ///< the client's TLS connection: its bindings for -PLUS, its certificate for EXTERNAL
};

/// A session that this program keeps open for somebody who has logged in: the Person of the Answer, and what
/// administrators are shown beside. Names of at most 1024 bytes.
struct HeldSession {
    std::string realm;
    std::string person; ///< Person::id
    std::string name;   ///< Person::name
    std::string service;
    std::string address{}; ///< the person's
    std::string store{};   ///< what serves them behind this program
    WallTime since = std::chrono::system_clock::now();
};

/// Asks authd. Any number of coroutines may call at once; all share one connection, which is opened at the first call
/// or Hold and again whenever it is lost. A call is sent once and never repeated, since each may count at the
/// directory. Lives on one io_context, used on its thread only. Ends what is under way when it ends; the io_context's
/// run returns only after that, since an open connection is always being read.
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

    // For listeners with may_find.

    /// Who is meant by a login name, in any of its forms? `realm`: a hint; empty: none.
    Awaitable<Result<wire::NativeFound>> find(std::string login, Deadline deadline, std::string realm = {});

    /// Everybody of a realm, then every change, on a connection of its own: who reads slowly makes authd wait and
    /// nobody else. Used by one coroutine at a time, on the io_context's thread; may outlive its Authd. Once it has
    /// ended it stays ended; another Watch begins with everybody again, since what changed in between is not known.
    class Watch
    {
    public:
        Watch(Authd& authd, std::string realm);
        ~Watch();
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;

        /// What comes next, as long as that takes: when nothing changes nothing is told. `deadline` holds for the first
        /// call only, which connects. Errors as of all calls.
        Awaitable<Result<wire::NativeNews>> next(Deadline deadline);
        /// Ends it; a `next` that waits ends with `unavailable`.
        void close();

    private:
        struct Place;
        std::shared_ptr<Place> place_;
    };

    /// Keeps authd told of one open session for as long as this lives, and tells when the session must end: the account
    /// is disabled, locked, expired or gone, the service no longer admits the person, or an administrator says so. For
    /// listeners with may_hold_sessions; where authd refuses to hold it, that is logged and the session goes on.
    ///
    /// While authd is away nothing is told; when it is back every session is told anew, and those that had to end
    /// meanwhile end then. Costs no timer and no coroutine, about 400 bytes with its place in the tables beside its
    /// texts. On the io_context's thread only; may outlive its Authd, after which it hears nothing more.
    class Hold
    {
    public:
        /// `reason`: the word of the audit log (account-disabled, not-admitted, unknown-person, ...), or "kicked".
        /// `text`: what the person may be told.
        using OnEnd = std::move_only_function<void(std::string reason, std::string text)>;

        /// `on_end` is called at most once, later, on the io_context's thread; authd has forgotten the session then. It
        /// may end this and any other Hold, and must not throw.
        Hold(Authd& authd, HeldSession session, OnEnd on_end);
        /// Tells authd that the session is over; `on_end` is not called any more.
        ~Hold();
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;

    private:
        friend class Holds;
        std::shared_ptr<Link> link_;
        HeldSession session_;
        OnEnd on_end_;
        wire::NativeId id_ = 0; // at the present connection; 0: authd has not been told there
    };

    /// May somebody whom this program has proved use the service now? For listeners with may_admit; elsewhere denied.
    Awaitable<Result<Answer>> admit(Admission admission, Deadline deadline);

    // For listeners with may_store. Each listener has keys of its own, of 1 to 1024 bytes.

    /// Adds `n` to a counter whose steps are forgotten after `window` (whole seconds, a year at most), and tells its
    /// sum. 0: only asks.
    Awaitable<Result<std::uint64_t>> count(std::string key, std::chrono::seconds window, std::uint32_t n,
                                           Deadline deadline);
    /// Keeps bytes until they are replaced; empty: forgets them.
    Awaitable<Result<void>> keep(std::string key, Secret bytes, Deadline deadline);
    /// What is kept; nothing: nothing is.
    Awaitable<Result<std::optional<std::string>>> kept(std::string key, Deadline deadline);

    /// For listeners with may_open_stores: a store secret for the person whom `grant` (NativeVerdict::grant, not older
    /// than 60 s) was told for, good for one login at `store` as `service` within 30 s, with their mailbox name. May be
    /// asked for again while the grant lives, for another store. Show it where a password goes and nowhere else.
    /// `store`: 1 to 64 letters, digits, '.', '-' and '_'. Error also: `invalid` when the grant is not known any more,
    /// the service is not this listener's, or the person may not use it now.
    Awaitable<Result<Secret>> mint(std::string grant, std::string service, std::string store, Deadline deadline);

    // For administrators (listeners with may_control); what the results hold is described in README.md.
    Awaitable<Result<boost::json::value>> status(Deadline deadline);
    Awaitable<Result<boost::json::value>> explain(std::string login, Deadline deadline);
    Awaitable<Result<boost::json::value>> reload(Deadline deadline);

    /// Ends the connection and every call; later calls fail. The destructor does the same.
    void close();

private:
    /// A request that is answered with a verdict, and one that is answered with a result.
    Awaitable<Result<Answer>> verdict(wire::NativeRequest request, Deadline deadline);
    Awaitable<Result<boost::json::value>> result(wire::NativeRequest request, Deadline deadline);

    std::shared_ptr<Link> link_;
};

} // namespace gatehouse::client
