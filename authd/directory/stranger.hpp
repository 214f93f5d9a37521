#pragma once

#include <string>
#include <string_view>

namespace gatehouse::directory
{

/// A DN under `base` that no entry has: a bind with it takes about the time of a wrong password, and no directory
/// counts it against anybody. New at each call, so that nobody can make it exist.
std::string stranger_dn(std::string_view attribute, std::string_view base);

inline constexpr std::string_view stranger_password = "no password at all";

} // namespace gatehouse::directory
