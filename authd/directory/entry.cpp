#include "directory/entry.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace gatehouse::directory
{

std::span<const std::string> Entry::all(std::string_view name) const
{
    const auto found = std::ranges::find_if(
        attributes, [&](const Attribute& attribute) { return text::equal_ignoring_case(attribute.name, name); });
    return found == attributes.end() ? std::span<const std::string>() : std::span(found->values);
}

std::string_view Entry::first(std::string_view name) const
{
    const auto values = all(name);
    return values.empty() ? std::string_view() : std::string_view(values.front());
}

bool same_dn(std::string_view a, std::string_view b)
{
    return dn_key(a) == dn_key(b);
}

std::string dn_key(std::string_view dn)
{
    std::string key;
    key.reserve(dn.size());
    bool after_separator = true;
    for (std::size_t i = 0; i < dn.size(); ++i) {
        const char c = dn[i];
        if (c == '\\' && i + 1 < dn.size()) {
            key += c;
            key += dn[++i];
            after_separator = false;
        } else if (c == ',' || c == '+' || c == '=') {
            while (!key.empty() && key.back() == ' ' && !key.ends_with("\\ "))
                key.pop_back();
            key += c;
            after_separator = true;
        } else if (c != ' ' || !after_separator) {
            key += c;
            after_separator = false;
        }
    }
    return text::lower(key);
}

} // namespace gatehouse::directory
