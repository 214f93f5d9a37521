#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "wire/wire_error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace gatehouse::wire
{

/// Whether a CR that stands before the LF belongs to the line.
enum class LineEnd : std::uint8_t { keep_cr, strip_cr };

/// Collects LF-terminated lines that may hold secrets, so a line is a Secret. Holds no socket and does no I/O.
/// Costs no arena slot while it holds no byte; wipes what was taken. All work is linear in the bytes fed, however many
/// lines come in one piece. The caller wipes the buffer it read into, and bounds what is held by taking the lines
/// before it feeds again. Used by one coroutine at a time.
class LineBuffer
{
public:
    /// `max_line`: bytes of a line, its LF not counted, a CR counted.
    explicit LineBuffer(std::size_t max_line, LineEnd line_end = LineEnd::keep_cr)
        : max_line_(max_line), line_end_(line_end)
    {
    }

    /// Takes bytes as they arrive, in pieces of any size. Errors: `too_long` as soon as more than `max_line` bytes came
    /// without an LF; `out_of_memory`. An error is final: it is returned ever after. Whole lines that came before the
    /// one at fault can still be taken.
    Result<void, WireError> feed(std::span<const std::uint8_t> bytes);

    /// The next whole line without its LF, or nothing while none is whole (or `starved`).
    std::optional<Secret> next();

    /// True once the arena had no room: for bytes in `feed`, or for a whole line in `next` (which gave nothing; the
    /// line stays and may be asked for again). `feed` then fails with `out_of_memory`.
    bool starved() const { return failure_ == WireError::out_of_memory; }
    /// Bytes are held: the peer has begun a line, or a whole line waits to be taken.
    bool partial() const { return store_.size() > head_; }

private:
    std::unexpected<WireError> fail(WireError error);
    std::optional<Secret> take(std::size_t length);
    void compact();

    std::size_t max_line_;
    LineEnd line_end_;
    Secret store_;          // taken bytes (wiped), whole lines, then the line that is still arriving
    std::size_t head_ = 0;  // where the first line that is not yet taken begins
    std::size_t whole_ = 0; // whole lines from head_ on
    std::size_t open_ = 0;  // bytes of the line that is still arriving
    std::optional<WireError> failure_;
};

} // namespace gatehouse::wire
