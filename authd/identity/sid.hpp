#pragma once

#include <string>
#include <string_view>

namespace gatehouse
{

/// A security identifier as text, "S-1-5-21-...-1104", from the bytes of MS-DTYP section 2.4.2.2. Empty when they are
/// none.
std::string sid_text(std::string_view bytes);

} // namespace gatehouse
