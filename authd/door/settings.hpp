#pragma once

#include "base/socket_file.hpp"
#include "identity/attempt.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::door
{

/// The posix account that FTP servers and Dovecot's userdb ask for. Used for people without one in the directory.
/// `{name}`, `{mailbox}` and `{realm}` in `home` stand for the person's own.
struct AccountTemplate {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string home;

    bool operator==(const AccountTemplate&) const = default;
};

/// Limits that every door holds against its peers.
struct PeerLimits {
    std::size_t connections = 4096;            ///< open at once, each listener
    std::size_t in_flight = 256;               ///< logins under way, each connection; more are not read
    std::chrono::milliseconds request{10'000}; ///< for one request to arrive whole, once its first byte is there
    std::chrono::milliseconds login{15'000};   ///< for the gate to decide

    bool operator==(const PeerLimits&) const = default;
};

enum class DoorKind { saslauthd, dovecot, dovecot_userdb, extauth, native };

struct ListenerSettings {
    DoorKind door = DoorKind::saslauthd;
    SocketSettings socket;
    Pins pins;
    std::vector<std::string> mechanisms = {"PLAIN", "LOGIN"}; ///< dovecot and native
    std::optional<AccountTemplate> account;                   ///< extauth and dovecot_userdb
    PeerLimits limits;

    bool operator==(const ListenerSettings&) const = default;
};

} // namespace gatehouse::door
