#pragma once

#include "base/blocking_pool.hpp"
#include "directory/settings.hpp"
#include "identity/directory.hpp"

#include <memory>

namespace gatehouse::directory
{

/// A realm's directory, which connects at the first need. `network` outlives it. Its last reference must go before the
/// io_contexts of its callers end; that waits for the directory's thread, some milliseconds.
std::shared_ptr<Directory> make_directory(const OpenLdapSettings& settings, BlockingPool& network);
std::shared_ptr<Directory> make_directory(const ActiveDirectorySettings& settings, BlockingPool& network);

} // namespace gatehouse::directory
