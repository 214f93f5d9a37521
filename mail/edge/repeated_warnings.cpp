#include "edge/repeated_warnings.hpp"

#include "base/log.hpp"

#include <fmt/format.h>

#include <utility>

namespace gatehouse::edge
{

void RepeatedWarnings::warn(std::string_view cause, std::string_view text)
{
    if (const auto said = line(cause, text, Clock::now()))
        log::warn("{}", *said);
}

std::optional<std::string> RepeatedWarnings::line(std::string_view cause, std::string_view text, Deadline now)
{
    Cause& known = cause_of(cause, now);
    if (known.said != Deadline{} && now - known.said < pause) {
        ++known.left_out;
        return std::nullopt;
    }
    known.said = now;
    const std::uint64_t left_out = std::exchange(known.left_out, 0);
    return left_out == 0 ? std::string(text) : fmt::format("{} ({} more of this were left out)", text, left_out);
}

RepeatedWarnings::Cause& RepeatedWarnings::cause_of(std::string_view name, Deadline now)
{
    if (const auto found = causes_.find(name); found != causes_.end())
        return found->second;
    if (causes_.size() == most_causes)
        std::erase_if(causes_,
                      [now](const auto& each) { return each.second.left_out == 0 && now - each.second.said >= pause; });
    return causes_.size() == most_causes ? others_ : causes_[std::string(name)];
}

} // namespace gatehouse::edge
