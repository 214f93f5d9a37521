#pragma once

#include "base/result.hpp"

#include <sys/types.h>

#include <span>
#include <string>
#include <vector>

namespace gatehouse::edge
{

// A new process takes over from a running one without a moment in which nobody accepts: the old one starts the new one
// with its listening sockets, goes on until the new one serves, and then only ends its sessions.

/// The file that this process was started from, whatever has been put in its place since. To be asked at the start.
std::string program_file();

/// Starts `program` with the arguments of this process, these listening sockets and none of its other descriptors but
/// the standard ones. Returns its process id. Error: `unavailable`.
Result<pid_t> start_successor(const std::string& program, std::span<const int> listening);

/// In a successor: the sockets that it was given, to be closed on exec. Empty in every other process.
std::vector<int> inherited_sockets();

/// In a successor, once it serves: tells its predecessor to end, which tells systemd who the main process is now (it is
/// believed as the main process, while a successor is not). Nothing in every other process.
void relieve_predecessor();

} // namespace gatehouse::edge
