#pragma once

#include "codec/queueing_back.hpp"

namespace gatehouse::codec
{

/// Logs in at a ManageSieve server (RFC 5804): STARTTLS where it is wanted, then AUTHENTICATE "PLAIN".
class SieveBack final : public QueueingBack
{
public:
    explicit SieveBack(StoreWish wish) : QueueingBack(std::move(wish)) {}

private:
    enum class State : std::uint8_t { greeting, starttls, login };

    void take(std::string_view line) override;
    void begin_anew() override;
    void proceed();
    bool has(std::string_view capability, std::string_view word) const;

    State state_ = State::greeting;
    std::vector<std::string> capabilities_;
};

} // namespace gatehouse::codec
