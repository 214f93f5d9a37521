#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>

namespace gatehouse
{

/// A Unix stream socket and who may open it.
struct SocketSettings {
    std::string path;
    std::string owner; ///< user name; empty: as created
    std::string group; ///< group name; empty: as created
    unsigned mode = 0660;

    bool operator==(const SocketSettings&) const = default;
};

/// Binds and listens on a Unix socket whose owner, group and mode are set before anyone can connect. A socket file that
/// nobody serves any more is replaced; one that somebody serves is an error. Returns the descriptor (non-blocking,
/// close-on-exec). Error: `invalid` or `unavailable`, with the path and the cure.
Result<int> open_socket_file(const SocketSettings& settings);

/// The inode at `path`, 0 if there is none.
std::uint64_t inode_of(const std::string& path);

} // namespace gatehouse
