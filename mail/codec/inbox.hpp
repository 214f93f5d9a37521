#pragma once

#include "base/secret.hpp"
#include "wire/wire_error.hpp"

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace gatehouse::codec
{

/// A client's bytes that nobody has used yet, in locked memory, since any of them may be a password. Costs no arena
/// slot while it holds nothing. Work is linear in the bytes fed, however many commands come in one piece.
class Inbox
{
public:
    /// `most`: bytes that are held at once.
    explicit Inbox(std::size_t most) : most_(most) {}

    /// Errors: `too_long` (nothing is taken), `out_of_memory`.
    Result<void, wire::WireError> feed(std::span<const std::uint8_t> bytes);

    std::string_view view() const { return held_.view().substr(head_); }
    std::size_t size() const { return held_.size() - head_; }
    bool empty() const { return size() == 0; }

    /// The bytes before the first LF; nothing while there is none. A line that arrives byte by byte is looked at once.
    std::optional<std::size_t> line_end();
    /// Where the first LF from `from` on is.
    std::optional<std::size_t> line_end_from(std::size_t from) const;

    /// The first `count` bytes. Nothing: the secret memory is full.
    std::optional<Secret> take(std::size_t count);
    /// Wipes the first `count` bytes.
    void drop(std::size_t count);
    void clear();
    /// All that is held.
    Secret rest();

private:
    void compact();

    std::size_t most_;
    Secret held_;
    std::size_t head_ = 0;   // bytes of held_ that are used, and wiped
    std::size_t looked_ = 0; // bytes from head_ on that hold no LF
};

} // namespace gatehouse::codec
