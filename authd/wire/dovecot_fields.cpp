#include "wire/dovecot_fields.hpp"

#include <charconv>
#include <system_error>
#include <utility>

namespace gatehouse::wire
{

namespace
{
constexpr char escape = '\001';

/// The letter that stands for `c` after the escape; 0 where `c` stands for itself.
char letter_of(char c)
{
    switch (c) {
    case '\0': return '0';
    case escape: return '1';
    case '\t': return 't';
    case '\r': return 'r';
    case '\n': return 'n';
    default: return 0;
    }
}

char meaning_of(char letter)
{
    switch (letter) {
    case '0': return '\0';
    case '1': return escape;
    case 't': return '\t';
    case 'r': return '\r';
    case 'n': return '\n';
    default: return letter;
    }
}
} // namespace

std::string tab_escaped(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (const char letter = letter_of(c); letter != 0) {
            out += escape;
            out += letter;
        } else {
            out += c;
        }
    }
    return out;
}

std::string tab_unescaped(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != escape)
            out += text[i];
        else if (++i < text.size())
            out += meaning_of(text[i]);
    }
    return out;
}

std::string_view cut_field(std::string_view& rest)
{
    const std::size_t tab = rest.find('\t');
    const std::string_view field = rest.substr(0, tab);
    rest.remove_prefix(tab == std::string_view::npos ? rest.size() : tab + 1);
    return field;
}

void append_field(std::string& line, std::string_view name, std::string_view value)
{
    line += '\t';
    line += tab_escaped(name);
    if (!value.empty()) {
        line += '=';
        line += tab_escaped(value);
    }
}

void append_fields(std::string& line, std::span<const DovecotField> fields)
{
    for (const DovecotField& field : fields)
        append_field(line, field.name, field.value);
}

DovecotField parse_field(std::string_view field)
{
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos)
        return {.name = tab_unescaped(field), .value = {}};
    return {.name = tab_unescaped(field.substr(0, equals)), .value = tab_unescaped(field.substr(equals + 1))};
}

std::vector<DovecotField> parse_fields(std::string_view rest)
{
    std::vector<DovecotField> fields;
    while (!rest.empty())
        if (DovecotField field = parse_field(cut_field(rest)); !field.name.empty())
            fields.push_back(std::move(field));
    return fields;
}

std::vector<std::string> parse_words(std::string_view rest)
{
    std::vector<std::string> words;
    while (!rest.empty())
        if (std::string word = tab_unescaped(cut_field(rest)); !word.empty())
            words.push_back(std::move(word));
    return words;
}

std::optional<std::uint32_t> parse_number(std::string_view text)
{
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

} // namespace gatehouse::wire
