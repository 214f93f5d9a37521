#pragma once

#include "codec/queueing_back.hpp"

namespace gatehouse::codec
{

/// Logs in at an IMAP store: STARTTLS where it is wanted, ID with the client's address where the store knows ID, then
/// AUTHENTICATE PLAIN, or LOGIN where that is not offered. Asks for the capabilities where the store does not tell them
/// with its OK; they are what StoreDone tells.
class ImapBack final : public QueueingBack
{
public:
    explicit ImapBack(StoreWish wish) : QueueingBack(std::move(wish)) {}

private:
    enum class State : std::uint8_t { greeting, capability, starttls, login, capability_after };

    void take(std::string_view line) override;
    void begin_anew() override;
    void take_greeting(std::string_view line);
    void take_tagged(std::string_view word, std::string_view text);
    void know(std::string_view capabilities);
    void ask_capabilities(State state);
    void proceed();
    void log_in();
    bool has(std::string_view capability) const;
    std::string identification() const;

    State state_ = State::greeting;
    std::string capabilities_; // words between spaces, one before the first and one after the last
    Secret response_;          // to be sent when the store asks for it
};

} // namespace gatehouse::codec
