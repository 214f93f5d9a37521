#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::store
{

/// Two lower-case digits a byte: how PostgreSQL and backups write bytes.
std::string hexadecimal(std::string_view bytes);
/// Nothing: not hexadecimal.
std::optional<std::string> from_hexadecimal(std::string_view digits);

} // namespace gatehouse::store
