#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse
{

/// May another process of the same user listen on the same TCP port (SO_REUSEPORT)?
enum class Sharing : std::uint8_t { alone, with_others };

/// Opens one listening socket: "127.0.0.1:8080", "[::1]:8080" or "unix:/run/gatehouse-web/http" (mode 0660; a socket
/// that a daemon left behind is replaced, one that is served is not). Returns the descriptor, non-blocking, closed on
/// exec. Error: `invalid` for text of another form, `unavailable` when the system refuses.
Result<int> open_listening(const std::string& where, Sharing sharing = Sharing::alone);

/// The sockets that systemd opened for this process (sd_listen_fds(3)); empty when there are none.
Result<std::vector<int>> activated_sockets();

} // namespace gatehouse
