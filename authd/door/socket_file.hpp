#pragma once

#include "base/result.hpp"
#include "door/settings.hpp"

#include <cstdint>

namespace gatehouse::door
{

/// Binds and listens on a Unix socket whose owner, group and mode are set before anyone can connect. A socket file that
/// nobody serves any more is replaced; one that somebody serves is an error. Returns the descriptor (non-blocking,
/// close-on-exec). Error: `invalid` or `unavailable`, with the path and the cure.
Result<int> open_socket_file(const SocketSettings& settings);

/// The inode at `path`, 0 if there is none.
std::uint64_t inode_of(const std::string& path);

} // namespace gatehouse::door
