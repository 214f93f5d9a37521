#include "codec/boundary.hpp"

#include "base/text.hpp"
#include "codec/imap_command.hpp"

#include <algorithm>
#include <cstring>

namespace gatehouse::codec
{

namespace
{

std::string_view text_of(std::span<const std::uint8_t> bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// "a1 COMPRESS DEFLATE"
bool is_compress(std::string_view line)
{
    const std::size_t space = line.find(' ');
    constexpr std::string_view name = "COMPRESS ";
    return space != std::string_view::npos && text::equal_ignoring_case(line.substr(space + 1, name.size()), name);
}

} // namespace

void LinesAndLiterals::keep(std::string_view part)
{
    if (length_ < head_.size())
        std::ranges::copy(part.substr(0, head_.size() - length_), head_.begin() + static_cast<std::ptrdiff_t>(length_));
    const std::size_t count = std::min(part.size(), tail_.size());
    std::memmove(tail_.data(), tail_.data() + count, tail_.size() - count);
    std::memcpy(tail_.data() + tail_.size() - count, part.data() + part.size() - count, count);
    length_ += part.size();
}

template <class OnLine>
void LinesAndLiterals::feed(std::string_view bytes, OnLine on_line)
{
    while (!bytes.empty()) {
        if (literal_ > 0) {
            const auto count = std::min<std::uint64_t>(literal_, bytes.size());
            literal_ -= count;
            bytes.remove_prefix(static_cast<std::size_t>(count));
            continue;
        }
        const std::size_t end = bytes.find('\n');
        keep(bytes.substr(0, end));
        if (end == std::string_view::npos)
            return;
        bytes.remove_prefix(end + 1);
        std::string_view last(tail_.data() + tail_.size() - std::min(length_, tail_.size()),
                              std::min(length_, tail_.size()));
        if (last.ends_with('\r'))
            last.remove_suffix(1);
        if (!continues_)
            on_line(std::string_view(head_.data(), std::min(length_, head_.size())));
        const auto literal = announced_literal(last);
        literal_ = literal ? literal->size : 0;
        continues_ = literal.has_value();
        length_ = 0;
    }
}

void ImapBoundary::client_sent(std::span<const std::uint8_t> bytes)
{
    if (!compressed_)
        client_.feed(text_of(bytes), [this](std::string_view line) { compressed_ = compressed_ || is_compress(line); });
}

void ImapBoundary::store_sent(std::span<const std::uint8_t> bytes)
{
    if (!compressed_)
        store_.feed(text_of(bytes), [](std::string_view) {});
}

void SmtpBoundary::store_sent(std::span<const std::uint8_t> bytes)
{
    for (const std::uint8_t byte : bytes) {
        if (byte == '\n') {
            column_ = 0;
            continue;
        }
        if (++column_ == 4)
            continues_ = byte == '-';
    }
}

} // namespace gatehouse::codec
