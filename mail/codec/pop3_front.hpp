#pragma once

#include "codec/queueing_front.hpp"

#include <optional>

namespace gatehouse::codec
{

/// POP3 before login (RFC 1939), with CAPA (RFC 2449), STLS (RFC 2595), AUTH (RFC 5034), response codes (RFC 2449, RFC
/// 3206) and names in UTF-8 (RFC 6856).
class Pop3Front final : public QueueingFront
{
public:
    Pop3Front(const FrontSettings& settings, BackendLines backend);

    void greet() override;
    std::string welcome(std::string_view told) override;
    std::string farewell(Farewell why) const override;
    bool utf8() const override { return wants_utf8_; }

private:
    bool read_command() override;
    std::string challenge_line(std::string_view base64) const override;
    void tell_refused(Refusal why, std::string_view text) override;
    void tell_broken(Broken why) override;
    void begin_anew() override;

    void run(std::string_view name, std::string_view argument);
    void pass(std::string_view password);
    void auth(std::string_view argument);
    void stls();
    void capa();
    void error(std::string_view text) { send("-ERR " + std::string(text) + "\r\n"); }

    bool utf8_; // the stores speak it
    bool wants_utf8_ = false;
    std::optional<std::string> user_;
};

} // namespace gatehouse::codec
