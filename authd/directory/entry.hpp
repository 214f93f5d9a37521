#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::directory
{

struct Attribute {
    std::string name;
    std::vector<std::string> values;
};

/// One entry as a directory returned it: only the attributes that were asked for and may be read.
struct Entry {
    std::string dn;
    std::vector<Attribute> attributes;

    /// The values of an attribute, its name compared without case; empty when it is absent.
    std::span<const std::string> all(std::string_view name) const;
    /// Its first value; empty when it is absent.
    std::string_view first(std::string_view name) const;
};

/// True when both texts are the same DN to a directory that ignores case, apart from spaces around ',', '+' and '='.
bool same_dn(std::string_view a, std::string_view b);
/// A DN in the form in which equal ones are equal texts, for use as a key: lower case, spaces around separators gone.
/// The text of one server is enough: escapes are not rewritten.
std::string dn_key(std::string_view dn);

} // namespace gatehouse::directory
