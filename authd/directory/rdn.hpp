#pragma once

#include <string>
#include <string_view>

namespace gatehouse::directory
{

/// The first attribute and value of a DN, unescaped. Empty when the text is no DN.
struct Rdn {
    std::string attribute;
    std::string value;
};

Rdn first_rdn(const std::string& dn);

} // namespace gatehouse::directory
