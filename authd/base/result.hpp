#pragma once

#include <expected>
#include <string>
#include <utility>

namespace gatehouse
{

/// What went wrong, for a program to act on.
enum class ErrorKind {
    invalid,     ///< the input is wrong: retrying the same cannot help
    unavailable, ///< a peer, a file or a resource is away: retrying later may help
    deadline,    ///< the time allowed ran out
    limit,       ///< a configured limit was reached
};

/// An error with one sentence for a person: what happened, where, what was expected and, if known, the cure.
struct Error {
    ErrorKind kind = ErrorKind::invalid;
    std::string text;
};

/// The one result type. Errors are values; exceptions are left to the libraries that throw them and are caught at their
/// call.
template <class T, class E = Error>
using Result = std::expected<T, E>;

inline std::unexpected<Error> invalid(std::string text)
{
    return std::unexpected(Error{ErrorKind::invalid, std::move(text)});
}

inline std::unexpected<Error> unavailable(std::string text)
{
    return std::unexpected(Error{ErrorKind::unavailable, std::move(text)});
}

inline std::unexpected<Error> past_deadline(std::string text)
{
    return std::unexpected(Error{ErrorKind::deadline, std::move(text)});
}

inline std::unexpected<Error> over_limit(std::string text)
{
    return std::unexpected(Error{ErrorKind::limit, std::move(text)});
}

} // namespace gatehouse
