#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::yaml
{

/// Where something stands in a file; both counted from 1.
struct Mark {
    int line = 1;
    int column = 1;
};

struct Entry;

/// One value of a YAML document, as it was written: nothing is guessed from its text, duplicate keys are kept.
struct Node {
    enum class Kind { null, scalar, list, map };

    Kind kind = Kind::null;
    Mark mark;
    bool quoted = false; ///< a scalar in quotes: never a number or a truth value
    std::string text;    ///< of a scalar
    std::vector<Node> items;
    std::vector<Entry> entries;
};

struct Entry {
    std::string key;
    Mark mark; ///< of the key
    Node value;
};

inline constexpr std::size_t max_depth = 16;
inline constexpr std::size_t max_nodes = 500'000;

/// Parses one YAML document. Anchors, aliases, tags and a second document are refused: configuration needs none of
/// them, and aliases can make a small file large. `file` is only named in errors.
/// Error: `invalid`, "file:line:column: what is wrong".
Result<Node> parse(const std::string& file, const std::string& text);

} // namespace gatehouse::yaml
