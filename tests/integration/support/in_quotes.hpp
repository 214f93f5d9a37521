#pragma once

#include <string>
#include <string_view>

namespace gatehouse::integration
{

/// With a backslash before quotes and backslashes (not named `quoted`, which argument-dependent look-up finds in std):
/// a quoted string of IMAP and Sieve, and of curl's configuration file.
inline std::string in_quotes(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + '"';
}

} // namespace gatehouse::integration
