#pragma once

#include <string>
#include <string_view>

namespace gatehouse
{

/// Text from outside (a directory, a certificate) as a terminal may show it: control characters, which could move the
/// cursor or worse, become '?'.
std::string printable(std::string_view text);

} // namespace gatehouse
