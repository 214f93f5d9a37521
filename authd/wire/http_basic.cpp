#include "wire/http_basic.hpp"

#include "base/text.hpp"
#include "identity/login_name.hpp"
#include "wire/limits.hpp"
#include "wire/secret_base64.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::wire
{

namespace
{
constexpr std::string_view scheme = "basic";
constexpr std::size_t max_encoded = (max_login_name + 1 + max_password + 2) / 3 * 4;

/// CTL of RFC 5234, appendix B.1: the C0 characters and DEL, whatever the encoding.
bool is_control(char c)
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

std::string_view without_spaces(std::string_view text)
{
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}
} // namespace

Result<HttpBasic, WireError> parse_http_basic(std::string_view value)
{
    if (!text::equal_ignoring_case(value.substr(0, scheme.size()), scheme) ||
        !value.substr(scheme.size()).starts_with(' '))
        return std::unexpected(WireError::malformed);
    const std::string_view encoded = without_spaces(value.substr(scheme.size()));
    if (encoded.size() > max_encoded)
        return std::unexpected(WireError::too_long);
    auto decoded = text::decode_base64(encoded);
    if (!decoded)
        return std::unexpected(decoded.error().kind == ErrorKind::limit ? WireError::out_of_memory
                                                                        : WireError::malformed);
    const std::size_t colon = decoded->view().find(':');
    if (colon == std::string_view::npos || std::ranges::any_of(decoded->view(), is_control))
        return std::unexpected(WireError::malformed);
    if (decoded->size() - colon - 1 > max_password)
        return std::unexpected(WireError::too_long);
    HttpBasic basic{.login = std::string(decoded->view().substr(0, colon)), .password = {}};
    decoded->drop_front(colon + 1);
    basic.password = std::move(*decoded);
    return basic;
}

Result<Secret, WireError> encode_http_basic(std::string_view login, const Secret& password)
{
    if (login.find(':') != std::string_view::npos)
        return std::unexpected(WireError::malformed);
    Secret pair;
    Secret value;
    if (!pair.append(login) || !pair.append(":") || !pair.append(password.view()) || !value.append("Basic ") ||
        !append_base64(value, pair.bytes()))
        return std::unexpected(WireError::out_of_memory);
    return value;
}

} // namespace gatehouse::wire
