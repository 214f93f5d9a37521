#pragma once

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "logins.hpp"

#include <poll.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::bench
{

/// Connects without waiting: a closed descriptor when as many clients as the server allows wait to be accepted.
/// Error: `unavailable` with the path.
Result<Descriptor> connect_unix(const std::string& path);
/// Connects and waits for that. Error: `unavailable` with the address.
Result<Descriptor> connect_tcp(const std::string& address, std::uint16_t port);

/// Sends all of it, waiting for room. Error: `unavailable`.
Result<void> send_all(int fd, std::string_view bytes);

/// Adds what has arrived to `received`, without waiting. False: the peer has closed. Error: `unavailable`.
Result<bool> receive_some(int fd, std::string& received);

/// Waits until one of `entries` is ready. Error: `unavailable` after `patience`, naming who waits.
Result<void> wait_for_any(std::vector<pollfd>& entries, const Progress& progress);

} // namespace gatehouse::bench
