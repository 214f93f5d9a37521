#pragma once

#include "codec/queueing_back.hpp"

namespace gatehouse::codec
{

/// Logs in at a POP3 store: asks what it can do, STLS where it is wanted, then AUTH PLAIN, or USER and PASS where that
/// is not offered. StoreDone tells the store's last line.
class Pop3Back final : public QueueingBack
{
public:
    explicit Pop3Back(StoreWish wish) : QueueingBack(std::move(wish)) {}

private:
    enum class State : std::uint8_t { greeting, capa, capa_list, stls, utf8, auth, auth_continued, user, pass };

    void take(std::string_view line) override;
    void begin_anew() override { ask_capabilities(); }
    void ask_capabilities();
    void proceed();
    void log_in();
    void show_password();
    void answer_auth();
    void send_pass();
    bool has(std::string_view capability) const;

    State state_ = State::greeting;
    std::vector<std::string> capabilities_;
};

} // namespace gatehouse::codec
