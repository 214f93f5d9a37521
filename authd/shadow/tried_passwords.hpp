#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

namespace gatehouse::shadow
{

/// Which passwords of whom must not be tried at authd again. Holds no password: HMAC-SHA256 (RFC 2104) of realm, stable
/// id and password under a random key that lives in locked memory and dies with the process. Never forgets by itself:
/// once it is full, nothing more is tried. Used by one thread.
class TriedPasswords
{
public:
    using Mark = std::array<std::uint8_t, 32>;

    /// Error: `unavailable` without randomness, `limit` when the secret memory is full.
    static Result<TriedPasswords> create(std::size_t capacity = 100'000);

    /// Empty when the secret memory is full.
    std::optional<Mark> mark_of(std::string_view realm, std::string_view id, const Secret& password) const;

    /// To be called before a password is tried. False: it was tried before, or there is no room to remember it.
    [[nodiscard]] bool begin(const Mark& mark);
    /// It counted against nobody: it may be tried again.
    void forget(const Mark& mark) { marks_.erase(mark); }

private:
    TriedPasswords(Secret key, std::size_t capacity) : key_(std::move(key)), capacity_(capacity) {}

    Secret key_;
    std::size_t capacity_;
    std::set<Mark> marks_;
};

} // namespace gatehouse::shadow
