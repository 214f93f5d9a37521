#pragma once

#include <ostream>
#include <string>
#include <string_view>

namespace gatehouse::integration
{

/// What a client is told about a login. An outage is `unavailable`, never `denied`.
enum class Told { granted, denied, unavailable };

inline std::string_view name_of(Told told)
{
    switch (told) {
    case Told::granted: return "granted";
    case Told::denied: return "denied";
    case Told::unavailable: return "unavailable";
    }
    return "?";
}

inline std::ostream& operator<<(std::ostream& out, Told told)
{
    return out << name_of(told);
}

/// One login as its client saw it end.
struct Reply {
    Told told = Told::unavailable;
    std::string words{}; ///< the server's own, or what happened to the connection
};

} // namespace gatehouse::integration
