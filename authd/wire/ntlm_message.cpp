#include "wire/ntlm_message.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace gatehouse::wire
{

namespace
{
constexpr std::string_view signature("NTLMSSP\0", 8);
constexpr std::size_t type_at = 8;
constexpr std::size_t negotiate_flags_at = 12;
constexpr std::size_t negotiate_size = 40; // with names and version
constexpr std::size_t challenge_flags_at = 20;
constexpr std::size_t domain_at = 28; // of an AUTHENTICATE_MESSAGE
constexpr std::size_t user_at = 36;
constexpr std::uint32_t negotiate_unicode = 1;
constexpr std::uint32_t negotiate_signing = 0x00008030; // ALWAYS_SIGN, SEAL, SIGN
constexpr std::uint32_t negotiate_version = 0x02000000;
constexpr std::size_t longest_text = 1024; // in bytes; libraries refuse more

/// `bytes` holds `count` more of them at `at`, least significant first.
std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t count)
{
    std::uint32_t number = 0;
    for (std::size_t i = count; i-- > 0;)
        number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
    return number;
}

Result<std::string> utf8_of(std::string_view utf16)
{
    iconv_t const converter = ::iconv_open("UTF-8", "UTF-16LE");
    if (converter == reinterpret_cast<iconv_t>(-1))
        return unavailable("iconv knows no UTF-16LE");
    std::string text(utf16.size() * 2, '\0'); // three bytes for two at most
    char* in = const_cast<char*>(utf16.data());
    std::size_t in_left = utf16.size();
    char* out = text.data();
    std::size_t out_left = text.size();
    const std::size_t done = ::iconv(converter, &in, &in_left, &out, &out_left);
    ::iconv_close(converter);
    if (done == static_cast<std::size_t>(-1))
        return invalid("a name in the NTLM message is not UTF-16");
    text.resize(text.size() - out_left);
    return text;
}

/// The text that the three numbers at `at` point to: its length, its room, its place.
Result<std::string> text_at(std::string_view message, std::size_t at, bool unicode)
{
    const std::size_t size = number_at(message, at, 2);
    const std::size_t place = number_at(message, at + 4, 4);
    if (size == 0)
        return std::string();
    if (size > longest_text || place > message.size() || size > message.size() - place)
        return invalid("a name in the NTLM message is too long, or outside of it");
    const std::string_view bytes = message.substr(place, size);
    if (unicode)
        return utf8_of(bytes);
    if (!std::ranges::all_of(bytes, [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
        return invalid("a name in the NTLM message is not ASCII, and Unicode was not settled on");
    return std::string(bytes);
}
} // namespace

Result<std::optional<NtlmMessage>> find_ntlm_message(std::string_view token)
{
    const std::size_t at = token.find(signature);
    if (at == std::string_view::npos)
        return std::nullopt;
    if (token.find(signature, at + 1) != std::string_view::npos)
        return invalid("two NTLM messages in one token");
    const std::string_view bytes = token.substr(at);
    if (bytes.size() < type_at + 4)
        return invalid("the NTLM message ends before its type");
    const std::uint32_t type = number_at(bytes, type_at, 4);
    if (type < 1 || type > 3)
        return invalid("the NTLM message is of an unknown type");
    return NtlmMessage{static_cast<NtlmType>(type), bytes};
}

std::string in_library_form(const NtlmMessage& message)
{
    std::string bytes(message.bytes);
    if (message.type != NtlmType::negotiate || bytes.size() < negotiate_flags_at + 4 || bytes.size() >= negotiate_size)
        return bytes;
    const std::uint32_t flags = number_at(bytes, negotiate_flags_at, 4);
    if ((flags & negotiate_version) != 0)
        return bytes;
    bytes.resize(negotiate_size, '\0');
    for (std::size_t i = 0; i < 4; ++i)
        bytes[negotiate_flags_at + i] = static_cast<char>((flags & ~negotiate_signing) >> (8 * i));
    return bytes;
}

Result<bool> speaks_unicode(std::string_view challenge)
{
    if (challenge.size() < challenge_flags_at + 4)
        return invalid("the NTLM challenge ends before its flags");
    return (number_at(challenge, challenge_flags_at, 4) & negotiate_unicode) != 0;
}

Result<std::string> claimed_login(std::string_view authenticate, bool unicode)
{
    if (authenticate.size() < user_at + 8)
        return invalid("the NTLM message ends before its names");
    auto user = text_at(authenticate, user_at, unicode);
    if (!user)
        return user;
    if (user->empty())
        return invalid("the NTLM message names nobody");
    const auto domain = text_at(authenticate, domain_at, unicode);
    if (!domain)
        return domain;
    if (domain->empty() || user->find('@') != std::string::npos)
        return user;
    return *domain + '\\' + *user;
}

Result<std::string> claimed_domain(std::string_view authenticate, bool unicode)
{
    if (authenticate.size() < user_at + 8)
        return invalid("the NTLM message ends before its names");
    return text_at(authenticate, domain_at, unicode);
}

} // namespace gatehouse::wire
