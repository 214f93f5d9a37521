// LineBuffer against the obvious way to cut a text into lines, whole, in pieces, and taken early or late.
// An input begins with two bytes: the limit of a line with 0x80 for strip_cr, and how the rest is fed and taken.
// covers: authd/wire/line_buffer.cpp
#include "fuzz.hpp"
#include "wire/line_buffer.hpp"

#include <optional>
#include <string>

using namespace gatehouse;
using namespace gatehouse::fuzz;
using wire::LineBuffer;
using wire::LineEnd;
using wire::WireError;

namespace
{
struct Outcome {
    std::vector<std::string> lines;
    bool too_long = false;
    bool open = false;

    bool operator==(const Outcome&) const = default;
};

Outcome expected(std::string_view stream, std::size_t max_line, LineEnd line_end)
{
    Outcome outcome;
    while (!stream.empty()) {
        const std::size_t lf = stream.find('\n');
        std::string_view line = stream.substr(0, lf);
        if (line.size() > max_line) {
            outcome.too_long = true;
            break;
        }
        if (lf == std::string_view::npos) {
            outcome.open = true;
            break;
        }
        stream.remove_prefix(lf + 1);
        if (line_end == LineEnd::strip_cr && line.ends_with('\r'))
            line.remove_suffix(1);
        outcome.lines.emplace_back(line);
    }
    return outcome;
}

enum class Taking : std::uint8_t { at_once, one_a_piece, late };

void take(LineBuffer& lines, Outcome& outcome, std::size_t count)
{
    for (; count > 0; --count) {
        const std::optional<Secret> line = lines.next();
        if (!line)
            return;
        planted_bug(line->view());
        outcome.lines.emplace_back(line->view());
    }
}

Outcome actual(std::span<const std::string_view> pieces, std::size_t max_line, LineEnd line_end, Taking taking)
{
    LineBuffer lines(max_line, line_end);
    Outcome outcome;
    for (const std::string_view piece : pieces) {
        const auto fed = lines.feed(bytes_of(piece));
        require(fed || fed.error() == WireError::too_long);
        require(!outcome.too_long || !fed); // an error is final
        outcome.too_long = !fed;
        take(lines, outcome, taking == Taking::at_once ? SIZE_MAX : taking == Taking::one_a_piece ? 1 : 0);
    }
    take(lines, outcome, SIZE_MAX);
    outcome.open = lines.partial();
    return outcome;
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const NothingLeft nothing_left;
    if (size < 2)
        return 0;
    const std::size_t max_line = bytes[0] & 0x7F;
    const LineEnd line_end = (bytes[0] & 0x80) != 0 ? LineEnd::strip_cr : LineEnd::keep_cr;
    const auto taking = static_cast<Taking>((bytes[1] >> 1) % 3);
    const std::string_view stream = text_of(bytes + 2, size - 2);
    const std::vector<std::string_view> pieces = (bytes[1] & 1) != 0 ? cut(stream) : std::vector{stream};
    require(actual(pieces, max_line, line_end, taking) == expected(stream, max_line, line_end));
    return 0;
}
