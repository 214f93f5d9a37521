#pragma once

#include "base/result.hpp"
#include "edge/settings.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::edge
{

/// Reads mailgate.yaml. Error: `invalid`: every fault of the file, each with file, line and column.
Result<Settings> read_settings(const std::string& file);

/// "HOST:PORT" or "[IPV6]:PORT". Nothing: the text is neither.
std::optional<Endpoint> parse_endpoint(std::string_view text);
/// The same text again.
std::string text_of(const Endpoint& endpoint);

} // namespace gatehouse::edge
