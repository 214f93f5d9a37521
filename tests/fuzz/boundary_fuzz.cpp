// Where responses end, against the obvious way to tell it from all that was said. The first byte says which protocol,
// and how it is cut; in the rest 0x1e changes who speaks, and the store begins.
//
// covers: mail/codec/boundary.cpp
#include "base/text.hpp"
#include "codec/boundary.hpp"
#include "fuzz.hpp"

#include <optional>
#include <string>

using namespace gatehouse;
using namespace gatehouse::fuzz;

namespace
{
constexpr std::size_t longest_tag = 70;          // of a COMPRESS that is noticed
constexpr std::size_t longest_announcement = 32; // bytes at a line's end

enum Bits : std::uint8_t { of_smtp = 1, in_pieces = 2 };

/// "{5}" or "{5+}" at the end of a line, after a space, "(", or "~" (RFC 3516), or alone.
std::optional<std::uint64_t> literal_at_end(std::string_view line)
{
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    const std::size_t open = line.rfind('{');
    if (open == std::string_view::npos || !line.ends_with('}'))
        return std::nullopt;
    if (open > 0 && std::string_view(" (~").find(line[open - 1]) == std::string_view::npos)
        return std::nullopt;
    std::string_view digits = line.substr(open + 1, line.size() - open - 2);
    if (digits.ends_with('+'))
        digits.remove_suffix(1);
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    std::uint64_t size = 0;
    for (const char c : digits) {
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (size > (UINT64_MAX - digit) / 10)
            return std::nullopt;
        size = size * 10 + digit;
    }
    return size;
}

struct Told {
    bool at_line_begin = true;
    bool compressed = false;
};

/// All that one side of IMAP said.
Told listen(std::string_view all)
{
    Told told;
    while (!all.empty()) {
        const std::size_t end = all.find('\n');
        const std::string_view line = all.substr(0, end);
        if (end == std::string_view::npos) {
            told.at_line_begin = false;
            return told;
        }
        all.remove_prefix(end + 1);
        const std::size_t space = line.find(' ');
        const std::string_view after = space == std::string_view::npos ? std::string_view{} : line.substr(space + 1);
        if (told.at_line_begin && space <= longest_tag && text::lower(after.substr(0, 9)) == "compress ")
            told.compressed = true;
        const auto literal = literal_at_end(line.substr(line.size() - std::min(line.size(), longest_announcement)));
        told.at_line_begin = !literal;
        all.remove_prefix(std::min<std::uint64_t>(all.size(), literal.value_or(0)));
    }
    return told;
}

bool between_replies(std::string_view all)
{
    if (!all.empty() && !all.ends_with('\n'))
        return false;
    bool more = false; // a line of less than four bytes says nothing
    while (!all.empty()) {
        const std::size_t end = all.find('\n');
        if (end > 3)
            more = all[3] == '-';
        all.remove_prefix(end + 1);
    }
    return !more;
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const NothingLeft nothing_left;
    if (size == 0)
        return 0;
    std::string_view stream = text_of(bytes + 1, size - 1);
    codec::ImapBoundary imap;
    codec::SmtpBoundary smtp;
    codec::Boundary& boundary = (bytes[0] & of_smtp) != 0 ? static_cast<codec::Boundary&>(smtp) : imap;
    std::string client;
    std::string store;
    for (bool of_client = false; !stream.empty(); of_client = !of_client) {
        const std::string_view words = stream.substr(0, stream.find('\x1e'));
        stream.remove_prefix(std::min(words.size() + 1, stream.size()));
        (of_client ? client : store) += words;
        for (const std::string_view piece : (bytes[0] & in_pieces) != 0 ? cut(words) : std::vector{words})
            of_client ? boundary.client_sent(bytes_of(piece)) : boundary.store_sent(bytes_of(piece));
    }
    if (listen(client).compressed)
        planted_bug(client);
    require(boundary.between_responses() == ((bytes[0] & of_smtp) != 0
                                                 ? between_replies(store)
                                                 : listen(store).at_line_begin && !listen(client).compressed));
    return 0;
}
