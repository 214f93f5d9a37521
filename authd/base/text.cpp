#include "base/text.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>

namespace gatehouse::text
{

namespace
{
char lower_char(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::size_t edit_distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
        }
    }
    return row[b.size()];
}

/// A table, as whole tickets are looked at.
constexpr auto base64_chars = [] {
    std::array<bool, 256> is{};
    for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
        is[static_cast<std::uint8_t>(c)] = true;
    return is;
}();

bool is_base64_char(char c)
{
    return base64_chars[static_cast<std::uint8_t>(c)];
}
} // namespace

std::string lower(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), lower_char);
    return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, {}, lower_char, lower_char);
}

bool is_utf8(std::string_view text)
{
    auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    for (std::size_t i = 0; i < text.size();) {
        const std::uint8_t lead = byte(i);
        if (lead < 0x80) {
            ++i;
            continue;
        }
        const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        if (lead < 0xC2 || lead > 0xF4 || i + length > text.size())
            return false;
        const std::uint8_t second = byte(i + 1);
        // The second byte's range excludes overlong forms, surrogates and what lies above U+10FFFF.
        const std::uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        const std::uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        if (second < low || second > high)
            return false;
        for (std::size_t k = 2; k < length; ++k)
            if ((byte(i + k) & 0xC0) != 0x80)
                return false;
        i += length;
    }
    return true;
}

bool has_control(std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<std::uint8_t>(text[i]);
        if (c < 0x20 || c == 0x7F)
            return true;
        if (c == 0xC2 && i + 1 < text.size() && static_cast<std::uint8_t>(text[i + 1]) < 0xA0)
            return true; // C1 in UTF-8
    }
    return false;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> choices)
{
    std::string_view best;
    std::size_t best_distance = 3;
    for (const std::string_view choice : choices) {
        const std::size_t distance = edit_distance(word, choice);
        if (distance < best_distance) {
            best = choice;
            best_distance = distance;
        }
    }
    return best;
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos)
            return parts;
        text.remove_prefix(at + 1);
    }
}

std::string join(std::span<const std::string> parts, std::string_view separator)
{
    std::string out;
    for (const std::string& part : parts) {
        if (&part != parts.data())
            out += separator;
        out += part;
    }
    return out;
}

std::string base64(std::span<const std::uint8_t> bytes)
{
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0'); // EVP_EncodeBlock adds a NUL
    const int written =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes.data(), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(written));
    return out;
}

Result<Secret> decode_base64(std::string_view encoded)
{
    if (encoded.empty())
        return Secret{};
    // EVP_DecodeBlock skips white space and takes '=' anywhere near the end: hold to the alphabet first.
    const std::size_t padding = encoded.ends_with("==") ? 2 : encoded.ends_with('=') ? 1 : 0;
    const std::string_view digits = encoded.substr(0, encoded.size() - padding);
    if (encoded.size() % 4 != 0 || encoded.size() > INT32_MAX || !std::ranges::all_of(digits, is_base64_char))
        return invalid("not base64");
    Secret out;
    const std::size_t capacity = encoded.size() / 4 * 3;
    if (!out.reserve(capacity))
        return over_limit("secret memory is full");
    constexpr std::size_t piece_size = 1024; // what leaves the arena for a moment, and is wiped each time, stays small
    for (std::size_t i = 0; i < encoded.size(); i += piece_size) {
        const std::string_view piece = encoded.substr(i, piece_size);
        std::array<std::uint8_t, piece_size / 4 * 3> decoded;
        const int n = EVP_DecodeBlock(decoded.data(), reinterpret_cast<const unsigned char*>(piece.data()),
                                      static_cast<int>(piece.size()));
        const bool kept = n >= 0 && out.append(std::span(decoded).first(static_cast<std::size_t>(n)));
        OPENSSL_cleanse(decoded.data(), decoded.size());
        if (!kept)
            return invalid("not base64");
    }
    out.truncate(capacity - padding);
    return out;
}

std::string base64url(std::span<const std::uint8_t> bytes)
{
    std::string out = base64(bytes);
    out.erase(std::min(out.find('='), out.size()));
    std::ranges::replace(out, '+', '-');
    std::ranges::replace(out, '/', '_');
    return out;
}

Result<Secret> decode_base64url(std::string_view encoded)
{
    if (encoded.find_first_of("+/=") != std::string_view::npos || encoded.size() % 4 == 1)
        return invalid("not base64url");
    Secret standard;
    if (!standard.append(encoded) || !standard.append(std::string_view("==").substr(0, (4 - encoded.size() % 4) % 4)))
        return over_limit("secret memory is full");
    for (std::uint8_t& c : standard.writable())
        c = c == '-' ? '+' : c == '_' ? '/' : c;
    auto decoded = decode_base64(standard.view());
    if (!decoded)
        return decoded;
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const std::size_t unused = encoded.size() % 4 == 2 ? 15 : encoded.size() % 4 == 3 ? 3 : 0; // bits of the last digit
    if (unused != 0 && (digits.find(encoded.back()) & unused) != 0)
        return invalid("not base64url");
    return decoded;
}

} // namespace gatehouse::text
