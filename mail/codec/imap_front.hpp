#pragma once

#include "codec/imap_command.hpp"
#include "codec/queueing_front.hpp"

namespace gatehouse::codec
{

/// IMAP before login (RFC 9051, RFC 3501), with SASL-IR (RFC 4959), LITERAL+ (RFC 7888), ID (RFC 2971) and response
/// codes (RFC 5530).
class ImapFront final : public QueueingFront
{
public:
    explicit ImapFront(const FrontSettings& settings);

    void greet() override;
    std::string welcome(std::string_view told) override;
    std::string farewell(Farewell why) const override;

private:
    bool read_command() override;
    std::string challenge_line(std::string_view base64) const override;
    void tell_refused(Refusal why, std::string_view text) override;
    void tell_broken(Broken why) override;
    void begin_anew() override;

    void take(Secret command);
    void run(std::string_view name, ImapWords& words);
    void login(ImapWords& words);
    void authenticate(ImapWords& words);
    void starttls();
    void tell(std::string_view word, std::string_view text);
    std::string capabilities() const;

    ImapCommandReader reader_;
    std::string tag_; // of the command that is being answered
};

/// The line that ends a connection, before login and after.
std::string_view imap_farewell(Farewell why);

} // namespace gatehouse::codec
