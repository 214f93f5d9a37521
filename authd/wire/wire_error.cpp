#include "wire/wire_error.hpp"

namespace gatehouse::wire
{

std::string_view name_of(WireError error)
{
    switch (error) {
    case WireError::too_long: return "too-long";
    case WireError::malformed: return "malformed";
    case WireError::wrong_version: return "wrong-version";
    case WireError::out_of_memory: return "out-of-memory";
    }
    return "malformed";
}

} // namespace gatehouse::wire
