#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What Dovecot's client and master protocols share: lines of fields between tabs.
// Source: Dovecot's auth_protocol document (1.2) and src/lib/strescape.c of 2.3.

namespace gatehouse::wire
{

/// One optional parameter. Without a value it is written as the bare name.
struct DovecotField {
    std::string name;
    std::string value;

    bool operator==(const DovecotField&) const = default;
};

/// Replaces the bytes that would end a field or a line: NUL, 0x01, tab, CR, LF become 0x01 and a letter.
std::string tab_escaped(std::string_view text);
/// The reverse. An unknown letter stands for itself; a lone 0x01 at the end is dropped, both as Dovecot does.
std::string tab_unescaped(std::string_view text);

/// Cuts the first field off `rest`, still escaped. What remains is empty after the last one.
std::string_view cut_field(std::string_view& rest);

/// "\tname" or "\tname=value", the value escaped.
void append_field(std::string& line, std::string_view name, std::string_view value);
void append_fields(std::string& line, std::span<const DovecotField> fields);

/// "name=value" or "name", unescaped.
DovecotField parse_field(std::string_view field);
/// Every parameter of `rest`; those without a name are skipped.
std::vector<DovecotField> parse_fields(std::string_view rest);
/// Every word of `rest`, unescaped; empty ones are skipped.
std::vector<std::string> parse_words(std::string_view rest);

/// A decimal number that is the whole of `text`.
std::optional<std::uint32_t> parse_number(std::string_view text);

} // namespace gatehouse::wire
