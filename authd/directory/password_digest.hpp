#pragma once

#include <span>
#include <string>

namespace gatehouse::directory
{

/// A text that moves when the stored password (its hashes) does, and tells nothing of it: SHA-256, whatever the order
/// of `stored`. Empty when OpenSSL has no memory.
std::string password_digest(std::span<const std::string> stored);

} // namespace gatehouse::directory
