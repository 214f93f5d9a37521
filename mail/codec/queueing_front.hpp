#pragma once

#include "codec/front.hpp"
#include "codec/inbox.hpp"

#include <deque>

namespace gatehouse::codec
{

/// What the fronts have in common: the queue of actions, the limits, and SASL messages in base64, a line each. A
/// protocol says how it reads a command and words its answers.
class QueueingFront : public Front
{
public:
    Result<void, wire::WireError> feed(std::span<const std::uint8_t> bytes) final;
    std::optional<FrontAction> next() final;
    void secured(const Channel& channel) final;
    void challenge(std::string_view bytes) final;
    void refuse(Refusal why, std::string_view text) final;
    Secret rest() final { return inbox_.rest(); }

protected:
    /// Why an exchange ends before authd's answer.
    enum class Broken : std::uint8_t {
        cancelled, ///< by the client
        malformed, ///< no base64
        too_long,
        no_memory,
    };

    explicit QueueingFront(const FrontSettings& settings);

    // What a protocol says.

    /// Reads one command of `inbox_` and queues what it leads to. False: more bytes are needed.
    virtual bool read_command() = 0;
    /// The line that carries a challenge.
    virtual std::string challenge_line(std::string_view base64) const = 0;
    /// Queues the answer to a login that failed, or that was broken off.
    virtual void tell_refused(Refusal why, std::string_view text) = 0;
    virtual void tell_broken(Broken why) = 0;
    /// TLS runs: forget what came before, and greet again where the protocol does.
    virtual void begin_anew() = 0;

    // What it queues.

    void send(std::string bytes) { actions_.push_back(Send{std::move(bytes)}); }
    /// The last action.
    void close();
    void say_farewell(Farewell why);
    void start_tls(std::string reply);
    void check_password(std::string login, Secret password);
    /// `initial` in base64, "=" for an empty one; nothing: none was sent.
    void begin_exchange(std::string_view mechanism, std::optional<std::string_view> initial);
    bool may_use(std::string_view mechanism) const;

    /// False: it is one too many, and the connection ends. `take_line` counts its own.
    bool count_command();
    /// The next line without its end. Nothing: none is whole, or it is too long, and the connection ends.
    std::optional<Secret> take_line(std::size_t most);
    /// Reads the client's next message of the exchange; false: more bytes are needed.
    virtual bool read_response();
    /// Decodes the client's message of the exchange: "*" gives it up.
    void take_response(std::string_view base64);
    bool logins_allowed() const { return channel_.secure || settings_.passwords_in_clear; }

    const FrontSettings& settings_;
    Channel channel_;
    Inbox inbox_;

private:
    std::optional<Secret> decoded(std::string_view base64);

    std::deque<FrontAction> actions_;
    bool waiting_ = false;  // for an answer of authd, or for TLS
    bool exchange_ = false; // the client's next line belongs to an exchange
    bool over_ = false;
    std::size_t commands_ = 0;
    std::size_t failures_ = 0;
};

} // namespace gatehouse::codec
