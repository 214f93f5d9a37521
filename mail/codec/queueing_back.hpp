#pragma once

#include "codec/back.hpp"

#include <deque>
#include <string_view>

namespace gatehouse::codec
{

/// What the backs have in common: the store's lines, and the queue of actions. A protocol says what it does with each
/// line.
class QueueingBack : public Back
{
public:
    void feed(std::span<const std::uint8_t> bytes) final;
    std::optional<StoreAction> next() final;
    void secured() final;
    std::string rest() final { return std::exchange(held_, {}); }

protected:
    explicit QueueingBack(StoreWish wish) : wish_(std::move(wish)) {}

    /// One line of the store without its end.
    virtual void take(std::string_view line) = 0;
    /// TLS runs: ask again what the store can do.
    virtual void begin_anew() = 0;

    void send(std::string_view text);
    void send(Secret bytes) { actions_.push_back(StoreSend{std::move(bytes)}); }
    void start_tls();
    void done(StoreDone done);
    /// `refused`: by the store's own decision.
    void fail(bool refused, std::string why);
    void fail_without_memory() { fail(false, "the secret memory is full"); }

    /// SASL PLAIN's message (RFC 4616) in base64, appended to `out`. False: no memory.
    [[nodiscard]] bool append_plain(Secret& out) const;

    /// A quoted string of IMAP and ManageSieve, with its quotes. False: no memory.
    [[nodiscard]] static bool append_quoted(Secret& out, std::string_view text);

    StoreWish wish_;

private:
    static constexpr std::size_t max_line = 16'384;
    static constexpr std::size_t max_lines = 200; // a store that talks on and on

    std::deque<StoreAction> actions_;
    std::string held_;
    std::size_t lines_ = 0;
    bool waiting_ = false; // for TLS
    bool over_ = false;
};

} // namespace gatehouse::codec
