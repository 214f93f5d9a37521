#pragma once

#include <string>
#include <string_view>

namespace gatehouse::integration
{

/// Between double quotes, with a backslash before quotes and backslashes: a quoted string of IMAP and Sieve, and of
/// curl's configuration file.
inline std::string quoted(std::string_view text)
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
