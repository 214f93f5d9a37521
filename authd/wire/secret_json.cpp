#include "wire/secret_json.hpp"

#include "base/text.hpp"

#include <openssl/crypto.h>

#include <array>
#include <cstdint>
#include <new>

namespace gatehouse::wire
{

namespace json = boost::json;

namespace
{

/// Boost.JSON's view of the arena. A slot is aligned to 64 bytes, more than any node of a tree asks for.
class SecretMemory final : public json::memory_resource
{
    void* do_allocate(std::size_t size, std::size_t) override
    {
        const auto slot = SecretArena::process().take(size);
        if (slot.empty())
            throw std::bad_alloc(); // what the interface asks for; caught in SecretJson::parse
        return slot.data();
    }
    void do_deallocate(void* memory, std::size_t size, std::size_t) override
    {
        SecretArena::process().give_back({static_cast<std::uint8_t*>(memory), slot_size(size)});
    }
    bool do_is_equal(const json::memory_resource& other) const noexcept override { return this == &other; }

    static std::size_t slot_size(std::size_t size)
    {
        return std::bit_ceil(std::max(size, SecretArena::smallest_slot)); // what `take` gave for it
    }
};

json::storage_ptr secret_storage()
{
    static SecretMemory memory;
    return &memory;
}

/// The parser of Boost.JSON unescapes strings in a buffer on the stack, which is left as it was. This overwrites the
/// frames that it used: at most one such buffer (4 KiB) a level.
[[gnu::noinline]] void wipe_stack()
{
    std::array<std::uint8_t, 48 * 1024> frames; // NOLINT(cppcoreguidelines-pro-type-member-init)
    OPENSSL_cleanse(frames.data(), frames.size());
}

Result<json::value, WireError> parse_value(std::string_view text, std::size_t max_depth)
try {
    json::parse_options options;
    options.max_depth = max_depth;
    json::parser parser(secret_storage(), options);
    parser.reset(secret_storage());
    boost::system::error_code error;
    parser.write(text.data(), text.size(), error);
    if (error)
        return std::unexpected(WireError::malformed);
    return parser.release();
} catch (const std::bad_alloc&) {
    return std::unexpected(WireError::out_of_memory);
}

constexpr std::string_view hex_digits = "0123456789abcdef";

/// The escape of a character that a JSON string cannot hold as it is; empty for the others.
std::string_view escape(char c, std::array<char, 6>& room)
{
    switch (c) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    default: break;
    }
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte >= 0x20)
        return {};
    room = {'\\', 'u', '0', '0', hex_digits[byte >> 4], hex_digits[byte & 15]};
    return {room.data(), room.size()};
}

} // namespace

Result<SecretJson, WireError> SecretJson::parse(std::string_view text, std::size_t max_depth)
{
    auto root = parse_value(text, max_depth);
    if (text.contains('\\'))
        wipe_stack();
    if (!root)
        return std::unexpected(root.error());
    return SecretJson(std::move(*root));
}

Result<void, WireError> append_json_string(Secret& out, std::string_view text)
{
    if (!text::is_utf8(text))
        return std::unexpected(WireError::malformed);
    bool kept = out.append("\"");
    std::array<char, 6> room{};
    for (std::size_t begin = 0, at = 0; at <= text.size() && kept; ++at) {
        const std::string_view escaped = at < text.size() ? escape(text[at], room) : std::string_view{};
        if (at < text.size() && escaped.empty())
            continue;
        kept = out.append(text.substr(begin, at - begin)) && out.append(escaped);
        begin = at + 1;
    }
    OPENSSL_cleanse(room.data(), room.size());
    if (!kept || !out.append("\""))
        return std::unexpected(WireError::out_of_memory);
    return {};
}

} // namespace gatehouse::wire
