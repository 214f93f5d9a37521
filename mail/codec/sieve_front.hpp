#pragma once

#include "codec/imap_command.hpp"
#include "codec/queueing_front.hpp"

namespace gatehouse::codec
{

/// ManageSieve before login (RFC 5804). Its strings are IMAP's; literals are never waited for.
class SieveFront final : public QueueingFront
{
public:
    SieveFront(const FrontSettings& settings, BackendLines backend);

    void greet() override;
    std::string welcome(std::string_view told) override;
    std::string farewell(Farewell why) const override;

private:
    bool read_command() override;
    bool read_response() override;
    std::string challenge_line(std::string_view base64) const override;
    void tell_refused(Refusal why, std::string_view text) override;
    void tell_broken(Broken why) override;
    void begin_anew() override;

    std::optional<Secret> next_line(bool& again);
    void run(std::string_view name, ImapWords& words);
    void authenticate(ImapWords& words);
    void starttls();
    std::string capabilities() const;

    ImapCommandReader reader_;
    BackendLines backend_;
    bool greeted_ = false;
};

/// The response that ends a connection, before login and after.
std::string_view sieve_farewell(Farewell why);

} // namespace gatehouse::codec
