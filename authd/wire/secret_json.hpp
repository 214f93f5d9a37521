#pragma once

#include "wire/wire_error.hpp"

#include "base/result.hpp"
#include "base/secret.hpp"

#include <boost/json.hpp>

#include <cstddef>
#include <string_view>

namespace gatehouse::wire
{

/// A JSON text read into secret memory: every key, string and table of the tree is a slot of the process's SecretArena,
/// wiped when the document ends. Text that is borrowed from `root` must not be copied into a std::string when it is a
/// secret. The arena has at least 64 bytes a slot, so a short document costs some kilobytes while it lives.
class SecretJson
{
public:
    /// Reads one JSON value and nothing after it; at most `max_depth` levels of arrays and objects (RFC 8259). Strict:
    /// no comments, no trailing commas, UTF-8 only. Errors: `malformed`, `out_of_memory` when the arena is full.
    static Result<SecretJson, WireError> parse(std::string_view text, std::size_t max_depth);

    const boost::json::value& root() const noexcept { return root_; }

private:
    explicit SecretJson(boost::json::value root) : root_(std::move(root)) {}

    boost::json::value root_;
};

/// Adds `text` as a JSON string with its quotes. What is escaped: quotes, backslashes, control characters.
/// Errors: `malformed` when the text is not UTF-8, `out_of_memory`; `out` may then hold a part.
Result<void, WireError> append_json_string(Secret& out, std::string_view text);

} // namespace gatehouse::wire
