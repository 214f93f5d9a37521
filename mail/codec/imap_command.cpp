#include "codec/imap_command.hpp"

#include <charconv>

namespace gatehouse::codec
{

namespace
{

bool is_atom_char(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte < 0x7f && std::string_view("(){%*\"\\").find(c) == std::string_view::npos;
}

/// RFC 9051: astring-char is an atom's, and "]". Names in UTF-8 come unquoted from some clients: what they mean is
/// clear.
bool is_astring_char(char c)
{
    return is_atom_char(c) || static_cast<unsigned char>(c) >= 0x80;
}

std::string_view without_cr(std::string_view line)
{
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

std::string tag_of(std::string_view command)
{
    const std::size_t end = command.find_first_of(" \r\n");
    const std::string_view tag = command.substr(0, end);
    for (const char c : tag)
        if (!is_atom_char(c) || c == '+')
            return "*";
    return tag.empty() || tag.size() > 64 ? "*" : std::string(tag);
}

} // namespace

std::optional<ImapLiteral> announced_literal(std::string_view line)
{
    if (!line.ends_with('}'))
        return std::nullopt;
    const std::size_t open = line.rfind('{');
    if (open == std::string_view::npos || (open > 0 && !std::string_view(" (~").contains(line[open - 1])))
        return std::nullopt;
    std::string_view digits = line.substr(open + 1, line.size() - open - 2);
    ImapLiteral literal;
    if (digits.ends_with('+')) {
        literal.synchronizing = false;
        digits.remove_suffix(1);
    }
    const char* const end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, literal.size);
    if (digits.empty() || error != std::errc{} || stopped != end)
        return std::nullopt;
    return literal;
}

std::optional<ImapCommandReader::Event> ImapCommandReader::next(Inbox& inbox)
{
    if (inbox.size() < whole_) // a literal is arriving
        return std::nullopt;
    const auto end = inbox.line_end_from(std::max(scanned_, whole_));
    if (end.value_or(inbox.size()) - line_ > max_line_)
        return Lost{};
    if (!end) {
        scanned_ = inbox.size();
        return std::nullopt;
    }
    if (announced_literal(without_cr(inbox.view().substr(line_, *end - line_))))
        return literal(inbox, *end);
    auto bytes = inbox.take(*end + 1);
    reset();
    literals_ = 0;
    if (!bytes)
        return NoMemory{};
    bytes->truncate(without_cr(bytes->view().substr(0, bytes->size() - 1)).size());
    return Command{std::move(*bytes)};
}

std::optional<ImapCommandReader::Event> ImapCommandReader::literal(Inbox& inbox, std::size_t line_end)
{
    const auto announced = announced_literal(without_cr(inbox.view().substr(line_, line_end - line_)));
    const bool fits = announced->size <= max_literal_ && literals_ < max_literals;
    if (!fits && !announced->synchronizing)
        return Lost{};
    if (!fits) {
        std::string tag = tag_of(inbox.view());
        inbox.drop(line_end + 1);
        reset();
        literals_ = 0;
        return TooLarge{std::move(tag)};
    }
    ++literals_;
    line_ = whole_ = scanned_ = line_end + 1 + static_cast<std::size_t>(announced->size);
    if (announced->synchronizing)
        return GoAhead{};
    return next(inbox);
}

std::optional<std::string_view> ImapWords::tag()
{
    const auto word = atom();
    if (!word || word->contains('+') || word->size() > 64)
        return std::nullopt;
    return word;
}

std::optional<std::string_view> ImapWords::atom()
{
    const std::size_t begin = at_;
    while (!at_end() && is_atom_char(text()[at_]))
        ++at_;
    if (at_ == begin)
        return std::nullopt;
    return text().substr(begin, at_ - begin);
}

std::optional<std::string_view> ImapWords::astring()
{
    if (at_end())
        return std::nullopt;
    if (text()[at_] == '"')
        return quoted();
    if (text()[at_] == '{')
        return literal();
    const std::size_t begin = at_;
    while (!at_end() && is_astring_char(text()[at_]))
        ++at_;
    if (at_ == begin)
        return std::nullopt;
    return text().substr(begin, at_ - begin);
}

std::optional<std::string_view> ImapWords::quoted()
{
    const std::size_t begin = ++at_;
    std::size_t end = begin; // of what is unescaped
    while (!at_end() && text()[at_] != '"') {
        if (text()[at_] == '\\')
            ++at_;
        if (at_end() || text()[at_] == '\r' || text()[at_] == '\n' || text()[at_] == '\0')
            return std::nullopt;
        bytes_[end++] = bytes_[at_++];
    }
    if (at_end())
        return std::nullopt;
    ++at_;
    return text().substr(begin, end - begin);
}

std::optional<std::string_view> ImapWords::literal()
{
    const std::size_t close = text().find('\n', at_);
    if (close == std::string_view::npos)
        return std::nullopt;
    const std::string_view line = without_cr(text().substr(0, close));
    const auto announced = announced_literal(line);
    if (!announced || line.rfind('{') != at_ || announced->size > text().size() - close - 1)
        return std::nullopt;
    const std::string_view value = text().substr(close + 1, static_cast<std::size_t>(announced->size));
    at_ = close + 1 + value.size();
    return value.contains('\0') ? std::nullopt : std::optional(value);
}

bool ImapWords::space()
{
    if (at_end() || text()[at_] != ' ')
        return false;
    ++at_;
    return true;
}

} // namespace gatehouse::codec
