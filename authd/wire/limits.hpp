#pragma once

#include <cstddef>

namespace gatehouse::wire
{

/// The longest password that any door carries, in bytes: what one field of saslauthd's protocol holds.
inline constexpr std::size_t max_password = 65'535;

} // namespace gatehouse::wire
