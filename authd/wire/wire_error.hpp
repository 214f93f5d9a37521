#pragma once

#include <cstdint>
#include <string_view>

namespace gatehouse::wire
{

/// Why bytes from a peer were not taken. A connection whose codec failed is closed; nothing more can be read from it.
enum class WireError : std::uint8_t {
    too_long,      ///< a length, a line or a count is beyond its limit
    malformed,     ///< not what the protocol allows here
    wrong_version, ///< the peer speaks another major version
    out_of_memory, ///< the secret memory is full: the peer did nothing wrong, its login is Unavailable
};

/// The word for logs and counters: `too_long` is "too-long".
std::string_view name_of(WireError error);

} // namespace gatehouse::wire
