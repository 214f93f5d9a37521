#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "wire/wire_error.hpp"

#include <string>
#include <string_view>

namespace gatehouse::wire
{

/// What the header of HTTP's Basic scheme shows.
struct HttpBasic {
    std::string login;
    Secret password;
};

/// Parses the value of an Authorization header, "Basic " and base64 of "login:password". The first colon separates, so
/// a login has none and a password may have some; both may be empty; their bytes are not required to be UTF-8.
/// The caller wipes `value`. Errors: `malformed` for another scheme, bad base64, no colon or a control character;
/// `too_long` where it cannot hold a password within the limit; `out_of_memory`.
/// Source: RFC 7617, section 2; RFC 9110, section 11.4.
Result<HttpBasic, WireError> parse_http_basic(std::string_view value);

/// The value of an Authorization header, for tests and load. Errors: `malformed` where the login has a colon;
/// `out_of_memory`.
Result<Secret, WireError> encode_http_basic(std::string_view login, const Secret& password);

} // namespace gatehouse::wire
