#pragma once

#include "codec/queueing_front.hpp"

namespace gatehouse::codec
{

/// Submission before login (RFC 6409, RFC 5321), with STARTTLS (RFC 3207) and AUTH (RFC 4954). No mail command is
/// taken; what mail may be like (SIZE, 8BITMIME, SMTPUTF8, DSN and others) is told as the server behind us says.
class SmtpFront final : public QueueingFront
{
public:
    SmtpFront(const FrontSettings& settings, BackendLines backend);

    void greet() override;
    std::string welcome(std::string_view told) override;
    std::string farewell(Farewell why) const override;
    std::string_view helo() const override { return helo_; }

private:
    bool read_command() override;
    std::string challenge_line(std::string_view base64) const override;
    void tell_refused(Refusal why, std::string_view text) override;
    void tell_broken(Broken why) override;
    void begin_anew() override;

    void run(std::string_view name, std::string_view argument);
    void hello(std::string_view name, bool extended);
    void auth(std::string_view argument);
    void starttls();
    std::string extensions() const;

    BackendLines backend_;
    std::string helo_; // how the client calls itself
    bool extended_ = false;
};

/// The reply that ends a connection, before login and after.
std::string_view smtp_farewell(Farewell why);

} // namespace gatehouse::codec
