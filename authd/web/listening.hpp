#pragma once

#include "base/result.hpp"

#include <string>
#include <vector>

namespace gatehouse::web
{

/// Opens one listening socket: "127.0.0.1:8080", "[::1]:8080" or "unix:/run/gatehouse-web/http" (mode 0660; a socket
/// that a daemon left behind is replaced, one that is served is not). Returns the descriptor, non-blocking, closed on
/// exec. Error: `invalid` for text of another form, `unavailable` when the system refuses.
Result<int> open_listening(const std::string& where);

/// The sockets that systemd opened for this process (sd_listen_fds(3)); empty when there are none.
Result<std::vector<int>> activated_sockets();

} // namespace gatehouse::web
