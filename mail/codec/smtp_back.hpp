#pragma once

#include "codec/queueing_back.hpp"

namespace gatehouse::codec
{

/// Speaks for a person at a submission server: EHLO as the client says it, STARTTLS where it is wanted, then XCLIENT
/// (Postfix's XCLIENT_README) with the client's address and the person's name, so that the server's own checks see
/// both. `password` is not used: the server takes XCLIENT from us alone (smtpd_authorized_xclient_hosts).
class SmtpBack final : public QueueingBack
{
public:
    explicit SmtpBack(StoreWish wish) : QueueingBack(std::move(wish)) {}

private:
    enum class State : std::uint8_t { greeting, hello, starttls, xclient, hello_again };

    void take(std::string_view line) override;
    void begin_anew() override { say_hello(State::hello); }
    void take_reply(int code, std::string_view last);
    void say_hello(State state);
    void proceed();
    void finish();
    void say_xclient();
    std::string xclient() const;
    /// The words after a keyword of EHLO; nothing: it is not there.
    std::optional<std::string> extension(std::string_view keyword) const;

    State state_ = State::greeting;
    bool hides_address_ = false;     // of the client, who could say XCLIENT from it
    std::vector<std::string> reply_; // lines of the reply so far, without their codes
};

/// RFC 3461, section 4: printable ASCII but "+" and "=", everything else as "+XX".
std::string xtext(std::string_view text);

} // namespace gatehouse::codec
