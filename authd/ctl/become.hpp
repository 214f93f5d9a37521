#pragma once

#include <string>
#include <vector>

namespace gatehouse::ctl
{

/// Become another of our programs, which knows what authctl must not: the store, directories, keys. Its environment,
/// terminal and exit status are ours. Comes back only when that fails, with the exit status to end with.
int become(const std::string& program, const std::vector<std::string>& arguments);

} // namespace gatehouse::ctl
