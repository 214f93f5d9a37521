#pragma once

#include "client/authd.hpp"
#include "codec/front.hpp"
#include "edge/address_set.hpp"
#include "edge/crowd.hpp"
#include "edge/relay.hpp"
#include "edge/repeated_warnings.hpp"
#include "edge/settings.hpp"
#include "edge/stores.hpp"
#include "edge/tls.hpp"

#include <boost/asio/io_context.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace gatehouse::edge
{

class Session;

/// A listener as its sessions see it.
struct ListenerSetup {
    ListenerSettings settings;
    codec::FrontSettings front;
    AddressSet proxies; ///< whose PROXY protocol is demanded
};

/// What a configuration is made into. Immutable; replaced whole on reload, while sessions keep theirs.
struct Setup {
    Settings settings;
    std::string host; ///< in greetings
    std::shared_ptr<const ServerTls> tls;
    std::shared_ptr<const Placement> placement;
    std::vector<ListenerSetup> listeners;
};

/// What is counted of one protocol. Written by every worker.
struct Counters {
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> turned_away{0}; ///< over a limit of connections, an address' and a person's among them
    std::atomic<std::uint64_t> tls_failures{0};
    std::atomic<std::uint64_t> too_slow{0}; ///< not logged in in time
    std::atomic<std::uint64_t> granted{0};
    std::atomic<std::uint64_t> denied{0};
    std::atomic<std::uint64_t> unavailable{0};
    std::atomic<std::uint64_t> store_failures{0}; ///< granted, but no store took them
    std::atomic<std::uint64_t> ended_by_authd{0}; ///< sessions whose person may no longer
    std::atomic<std::uint64_t> bytes_from_clients{0};
    std::atomic<std::uint64_t> bytes_from_stores{0};
    std::atomic<std::int64_t> sessions{0}; ///< logged in now
};

/// What all workers share. Thread-safe.
struct Shared {
    Crowd addresses;
    Crowd people;
    Crowd everybody;
    std::array<Counters, every_protocol.size()> counters; ///< by Protocol

    Counters& of(Protocol protocol) { return counters[static_cast<std::size_t>(protocol)]; }
    const Counters& of(Protocol protocol) const { return counters[static_cast<std::size_t>(protocol)]; }
};

/// One thread that serves connections; a connection lives on one worker from accept to close.
class Worker
{
public:
    Worker(Shared& shared, const std::string& authd_socket)
        : shared_(shared), authd_(io_, {.socket = authd_socket, .in_flight = calls_of_authd})
    {
    }

    boost::asio::io_context& io() { return io_; }
    client::Authd& authd() { return authd_; }
    Shared& shared() { return shared_; }
    RepeatedWarnings& warnings() { return warnings_; }

    void add(const std::shared_ptr<Relay>& relay) { relays_.emplace(relay.get(), relay); }
    void remove(const Relay* relay) { relays_.erase(relay); }
    void add(Session* session) { sessions_.insert(session); }
    void remove(Session* session) { sessions_.erase(session); }
    /// Ends everybody here: who is logged in with the words of their protocol. On the worker's thread.
    void end_all();
    /// Nobody is here any more. On the worker's thread.
    bool empty() const { return relays_.empty() && sessions_.empty(); }

private:
    static constexpr std::size_t calls_of_authd = 4096; // more logins than authd takes at once wait in the socket

    Shared& shared_;
    boost::asio::io_context io_{1};
    client::Authd authd_;
    RepeatedWarnings warnings_;
    std::unordered_map<const Relay*, std::weak_ptr<Relay>> relays_;
    std::unordered_set<Session*> sessions_;
};

} // namespace gatehouse::edge
