#pragma once

#include <spdlog/spdlog.h>

#include <string_view>

namespace gatehouse::log
{

/// The one logger: operational messages on standard error, where the journal or a terminal takes them. Audit lines are
/// not log messages (gate/audit.hpp). Thread-safe. Never pass a Secret or text that came from one.
using spdlog::debug;
using spdlog::error;
using spdlog::info;
using spdlog::warn;

/// Sets the format and the level ("debug", "info", "warn", "error"). Under systemd the line carries no time of its own,
/// since the journal adds one, and begins with the priority that sd-daemon(3) describes.
void set_up(std::string_view level);

} // namespace gatehouse::log
