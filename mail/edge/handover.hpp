#pragma once

#include "base/result.hpp"

#include <sys/types.h>

#include <span>
#include <vector>

namespace gatehouse::edge
{

// A new process takes over from a running one without a moment in which nobody accepts: the old one starts the new one
// with its listening sockets, goes on until the new one serves, and then only ends its sessions.

/// Starts this program anew, with the same arguments and these listening sockets. Returns its process id. Error:
/// `unavailable`.
Result<pid_t> start_successor(std::span<const int> listening);

/// In a successor: the sockets that it was given, to be closed on exec. Empty in every other process.
std::vector<int> inherited_sockets();

/// In a successor, once it serves: tells systemd who the main process is now, and its predecessor to end. Nothing in
/// every other process.
void relieve_predecessor();

} // namespace gatehouse::edge
