#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <unordered_set>

namespace gatehouse::directory
{

/// An objectGUID, as its 16 bytes.
using AdId = std::array<std::uint8_t, 16>;

/// From the bytes of the attribute; empty when there are not 16.
inline std::optional<AdId> ad_id(std::string_view bytes)
{
    AdId id;
    if (bytes.size() != id.size())
        return std::nullopt;
    std::memcpy(id.data(), bytes.data(), id.size());
    return id;
}

/// The bytes of the attribute.
inline std::string_view bytes_of(const AdId& id)
{
    return {reinterpret_cast<const char*>(id.data()), id.size()};
}

struct AdIdHash {
    std::size_t operator()(const AdId& id) const noexcept
    {
        std::size_t hash = 0; // most of a GUID's bits are random
        std::memcpy(&hash, id.data(), sizeof hash);
        return hash;
    }
};

/// A set of ids, small enough for those of a million people.
using AdIds = std::unordered_set<AdId, AdIdHash>;

} // namespace gatehouse::directory
