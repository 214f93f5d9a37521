#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "wire/http_basic.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::web
{

/// What the pages need of one request's head.
struct RequestHead {
    enum class Shown : std::uint8_t {
        nothing,   ///< no Authorization header
        password,  ///< `basic` is set
        unusable,  ///< another scheme, bad base64, or more than one such header
        no_memory, ///< the secret memory is full: nothing is known about the password
    };

    bool is_get = false;     ///< GET or HEAD
    bool is_head = false;    ///< the answer has no body
    std::string path;        ///< up to '?'
    bool keep_alive = false; ///< never for HTTP/1.0
    bool has_body = false;   ///< one is announced; it is not read
    Shown shown = Shown::nothing;
    std::optional<wire::HttpBasic> basic;
    std::string real_ip; ///< X-Real-IP as sent; empty when it is missing or there are several
};

/// Bytes of the head at the front of `received`, with the empty line that ends it; nothing while it is not whole.
std::optional<std::size_t> head_length(std::string_view received);

/// Reads one head, as long as `head_length` says. Error: the sentence for a 400: not HTTP/1.x, or a header that is
/// folded over several lines (RFC 9112, section 5.2, lets a server refuse those; the parser would copy them out of the
/// locked memory in which `head` lies).
Result<RequestHead> parse_request_head(std::string_view head);

} // namespace gatehouse::web
