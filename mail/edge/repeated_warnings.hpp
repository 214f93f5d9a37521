#pragma once

#include "base/deadline.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::edge
{

/// Keeps what goes wrong at every login from filling the log: one line a second for each cause, and the next line says
/// how many were left out. Used by one thread.
class RepeatedWarnings
{
public:
    static constexpr std::chrono::seconds pause{1};
    static constexpr std::size_t most_causes = 64; ///< told apart at one time; further ones are one cause together

    /// Writes `text` to the log, unless the cause had its line within the last second.
    void warn(std::string_view cause, std::string_view text);

    /// The line to write at `now`; nothing: it is left out.
    std::optional<std::string> line(std::string_view cause, std::string_view text, Deadline now);

private:
    struct Cause {
        Deadline said{}; // the last line
        std::uint64_t left_out = 0;
    };
    Cause& cause_of(std::string_view name, Deadline now);

    std::map<std::string, Cause, std::less<>> causes_;
    Cause others_;
};

} // namespace gatehouse::edge
