#pragma once

#include "support/connection.hpp"
#include "wire/dovecot_auth_client.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::integration
{

/// A client of the Dovecot door on one connection: what a login process is. Errors are ConnectionLost. Used by one
/// thread at a time.
class DovecotClient
{
public:
    /// Shakes hands and reads the greeting. `minor` 0 is how Postfix and Exim speak.
    explicit DovecotClient(const Place& door, std::uint32_t minor = wire::dovecot_auth_minor);

    /// AUTH PLAIN with its response.
    void begin(std::uint32_t id, std::string_view login, std::string_view password);
    /// Any AUTH; `begin.service` and `begin.mechanism` are filled with "imap" and "PLAIN" when they are empty.
    void begin(wire::DovecotAuthBegin begin);
    void proceed(std::uint32_t id, std::string_view response);
    void send(std::string_view bytes) { connection_.send(bytes); }

    wire::DovecotServerLine read();
    /// The next line, which must be OK or FAIL.
    wire::DovecotOutcome outcome();
    /// The next line, which must be CONT.
    wire::DovecotChallenge challenge();

    std::uint32_t pid() const { return pid_; }
    const std::string& cookie() const { return cookie_; }
    const std::vector<std::string>& mechanisms() const { return mechanisms_; }
    Connection& connection() { return connection_; }

private:
    Connection connection_;
    std::uint32_t pid_;
    std::string cookie_;
    std::vector<std::string> mechanisms_;
};

/// What PLAIN shows.
std::string plain_bytes(std::string_view login, std::string_view password);

} // namespace gatehouse::integration
