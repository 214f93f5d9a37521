#include "kerberos/auth_to_local_rule.hpp"

#include <regex.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string>

namespace gatehouse::kerberos
{

namespace
{
bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/// Takes a number off the front; 0 to 99. Nothing: there is none.
std::optional<unsigned> take_number(std::string_view& rest)
{
    const auto end = std::ranges::find_if_not(rest, is_digit);
    const auto digits = static_cast<std::size_t>(end - rest.begin());
    unsigned number = 0;
    if (digits == 0 || digits > 2)
        return {};
    std::from_chars(std::to_address(rest.begin()), std::to_address(end), number);
    rest.remove_prefix(digits);
    return number;
}

bool take(std::string_view& rest, std::string_view prefix)
{
    if (!rest.starts_with(prefix))
        return false;
    rest.remove_prefix(prefix.size());
    return true;
}

/// Takes everything before `end` off the front, and `end`. Nothing: it does not come.
std::optional<std::string_view> take_until(std::string_view& rest, char end)
{
    const std::size_t at = rest.find(end);
    if (at == std::string_view::npos)
        return {};
    const std::string_view taken = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    return taken;
}

/// POSIX leaves it undefined what a repetition of a repetition is (XBD 9.4.6), and glibc takes twice as long for each.
bool repeats_twice(std::string_view regex)
{
    for (std::size_t at = 0; at + 1 < regex.size(); ++at) {
        if (regex[at] == '\\')
            ++at; // what is escaped is itself
        else if (std::string_view("*+?}").contains(regex[at]) && std::string_view("*+?{").contains(regex[at + 1]))
            return true;
    }
    return false;
}

Result<void> no_regex(std::string_view text, const std::string& why)
{
    return invalid("\"" + std::string(text) + "\" is no regular expression: " + why);
}

enum class Matches { once, everywhere };

/// Does it match where there is nothing? Whatever matches an empty text somewhere matches it here, but for GNU's edges
/// of words and of the text.
bool matches_nothing(const regex_t& regex, std::string_view text)
{
    for (std::size_t at = text.find('\\'); at < text.size(); at = text.find('\\', at + 2))
        if (at + 1 < text.size() && std::string_view("bB<>`'").contains(text[at + 1]))
            return true;
    return ::regexec(&regex, "", 0, nullptr, 0) == 0;
}

Result<void> check_regex(std::string_view text, Matches matches)
{
    if (repeats_twice(text))
        return no_regex(text, "what is repeated is a repetition");
    regex_t regex;
    const int code = ::regcomp(&regex, std::string(text).c_str(), REG_EXTENDED | REG_NOSUB);
    if (code != 0) {
        std::array<char, 128> words{};
        ::regerror(code, &regex, words.data(), words.size());
        return no_regex(text, words.data());
    }
    const bool endless = matches == Matches::everywhere && matches_nothing(regex, text);
    ::regfree(&regex);
    if (endless) // libkrb5 1.20 replaces nothing by TEXT until its memory is full
        return invalid("\"" + std::string(text) + "\" matches where there is nothing, which has no end with \"g\"");
    return {};
}

/// COMPONENTS:SELECTION]
Result<void> take_selection(std::string_view& rest)
{
    const auto components = take_number(rest);
    if (!components || !take(rest, ":"))
        return invalid("expected the number of a principal's components and ':' after \"RULE:[\"");
    const auto selection = take_until(rest, ']');
    if (!selection)
        return invalid("expected ']' after what is selected of a principal");
    bool realm = false;
    for (std::string_view text = *selection; take_until(text, '$');) {
        const auto number = take_number(text);
        if (!number || *number > *components)
            return invalid("expected a number from 0 to " + std::to_string(*components) + " after each '$'");
        realm = realm || *number == 0;
    }
    if (!realm)
        return invalid("expected $0, the principal's realm, in \"" + std::string(*selection) +
                       "\": the rule is for everybody of every realm that is trusted");
    return {};
}

/// (REGEX), which ends at the first ')', as for libkrb5.
Result<void> take_match(std::string_view& rest)
{
    if (!take(rest, "("))
        return invalid("expected a regular expression in parentheses after ']', which says whom the rule is for");
    const auto regex = take_until(rest, ')');
    if (!regex)
        return invalid("expected ')' after the regular expression");
    if (auto checked = check_regex(*regex, Matches::once); !checked)
        return invalid(checked.error().text + " (it ends at the first ')')");
    return {};
}

/// s/REGEX/TEXT/ or s/REGEX/TEXT/g
Result<void> take_substitution(std::string_view& rest)
{
    while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t'))
        rest.remove_prefix(1);
    const bool begins = take(rest, "s/");
    const auto regex = begins ? take_until(rest, '/') : std::nullopt;
    const auto text = regex ? take_until(rest, '/') : std::nullopt;
    if (!text)
        return invalid("expected s/REGEX/TEXT/ or s/REGEX/TEXT/g after the regular expression in parentheses");
    return check_regex(*regex, take(rest, "g") ? Matches::everywhere : Matches::once);
}
} // namespace

Result<void> check_auth_to_local(std::string_view rule)
{
    if (rule == "DEFAULT")
        return {};
    if (rule.size() > max_auth_to_local_rule)
        return invalid("expected at most " + std::to_string(max_auth_to_local_rule) + " bytes");
    if (!std::ranges::all_of(rule, [](char c) { return c >= ' ' && c <= '~'; }))
        return invalid("expected printable ASCII");
    std::string_view rest = rule;
    if (!take(rest, "RULE:["))
        return invalid("expected RULE:[1:$1@$0](.*@OTHER\\.EXAMPLE)s/@.*// or the like, or DEFAULT");
    if (auto taken = take_selection(rest); !taken)
        return taken;
    if (auto taken = take_match(rest); !taken)
        return taken;
    while (!rest.empty())
        if (auto taken = take_substitution(rest); !taken)
            return taken;
    return {};
}

} // namespace gatehouse::kerberos
