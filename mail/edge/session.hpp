#pragma once

#include "edge/store_login.hpp"
#include "edge/worker.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <optional>
#include <string>

namespace gatehouse::edge
{

/// One client until they are logged in at their store; a Relay goes on from there. On its worker's thread.
class Session
{
public:
    /// `listener` is one of `setup`'s.
    Session(Worker& worker, std::shared_ptr<const Setup> setup, const ListenerSetup& listener, Crowd::Place place,
            Stream client);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Until the client has logged in or is gone. Never throws.
    Awaitable<void> run();
    /// Ends it soon.
    void cancel() { client_.cancel(); }

private:
    enum class Next : std::uint8_t { go_on, over };

    Awaitable<bool> find_peer();
    Awaitable<bool> read_proxy_header();
    Awaitable<bool> secure();
    Awaitable<void> converse();
    Awaitable<Next> read();
    Awaitable<Next> act(codec::FrontAction action);
    Awaitable<Next> act(codec::Send action);
    Awaitable<Next> act(codec::StartTls action);
    Awaitable<Next> act(codec::CheckPassword action);
    Awaitable<Next> act(codec::BeginExchange action);
    Awaitable<Next> act(codec::ExchangeStep action);
    Awaitable<Next> act(codec::CancelExchange action);
    Awaitable<Next> act(codec::Close action);

    Awaitable<Next> take(Result<client::Turn> turn);
    Awaitable<Next> take(client::Answer answer);
    Awaitable<Next> serve(client::Answer answer);
    Awaitable<Result<OpenedStore>> open_store(const client::Answer& answer, std::string& store_name);
    Awaitable<Result<codec::StoreWish>> wish_for(const client::Answer& answer, const Store& store);
    void relay(const Person& person, Crowd::Place place, OpenedStore store, const std::string& store_name);
    std::unique_ptr<client::Authd::Hold> hold_for(const Person& person, const std::string& store_name,
                                                  const std::shared_ptr<Relay>& relay);

    void refuse(const client::Answer& answer);
    void outage(std::string_view why);
    Protocol protocol() const { return listener_.settings.protocol; }
    Counters& counters() { return worker_.shared().of(protocol()); }

    Worker& worker_;
    std::shared_ptr<const Setup> setup_;
    const ListenerSetup& listener_;
    Stream client_;
    std::string address_; // the client's, as text
    std::uint16_t port_ = 0;
    Crowd::Place place_;      // among everybody
    Crowd::Place at_address_; // among those of the address
    std::unique_ptr<codec::Front> front_;
    std::unique_ptr<client::Authd::Exchange> exchange_;
    std::optional<client::Answer> granted_; // waits for the client to read authd's last message
    DeadlineWheel::Alarm alarm_;
    bool late_ = false;
};

} // namespace gatehouse::edge
