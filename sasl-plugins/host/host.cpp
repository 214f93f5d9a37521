#include "host/host.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>

namespace gatehouse::sasl_plugins
{

namespace
{
constexpr const char* default_socket = "/run/gatehouse/native";
constexpr int default_timeout_s = 20; // authd itself decides within 15 s
constexpr int longest_timeout_s = 300;

bool is_space(char c)
{
    return std::isspace(static_cast<unsigned char>(c)) != 0;
}

bool equal_ignoring_case(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
    });
}

int seconds_of(const std::string& text)
{
    int seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const bool sound = error == std::errc() && end == text.data() + text.size();
    return sound && seconds >= 1 && seconds <= longest_timeout_s ? seconds : default_timeout_s;
}

bool is_no(std::string_view word)
{
    return equal_ignoring_case(word, "no") || equal_ignoring_case(word, "false") || word == "0";
}
} // namespace

bool Settings::proves(std::string_view mechanism) const
{
    for (std::string_view rest = mechanisms; !rest.empty();) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        if (end > 0 && equal_ignoring_case(rest.substr(0, end), mechanism))
            return true;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
}

std::string Host::option(const char* key, std::string_view otherwise) const
{
    const char* value = nullptr;
    const int got = utils_.getopt(utils_.getopt_context, nullptr, key, &value, nullptr);
    return got == SASL_OK && value != nullptr ? std::string(value) : std::string(otherwise);
}

Settings Host::settings() const
{
    return {.socket = option("gatehouse_socket", default_socket),
            .service = option("gatehouse_service", connection_.service != nullptr ? connection_.service : ""),
            .realm = option("gatehouse_realm", ""),
            .timeout_ms = seconds_of(option("gatehouse_timeout", "")) * 1000,
            .find = !is_no(option("gatehouse_find", "yes")),
            .mechanisms = option("gatehouse_mechanisms", "GSSAPI GSS-SPNEGO")};
}

std::string Host::mechanism() const
{
    const void* name = nullptr;
    if (utils_.getprop(utils_.conn, SASL_MECHNAME, &name) != SASL_OK || name == nullptr)
        return {};
    return static_cast<const char*>(name);
}

std::string Host::client_address() const
{
    const char* const place = connection_.ipremoteport; // address;port (sasl.h, SASL_IPREMOTEPORT)
    return place == nullptr ? std::string() : std::string(place, std::strcspn(place, ";"));
}

void Host::log(int level, const std::string& text) const
{
    utils_.log(utils_.conn, level, "gatehouse: %s", text.c_str());
}

void Host::tell(const char* text) const
{
    utils_.seterror(utils_.conn, SASL_NOLOG, "%s", text);
}

std::string_view trimmed(const char* name, unsigned length)
{
    std::string_view text(name, length != 0 ? length : std::strlen(name));
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

int write_name(std::string_view name, char* out, unsigned out_max, unsigned* out_length)
{
    if (name.size() >= out_max)
        return SASL_BUFOVER;
    std::memmove(out, name.data(), name.size()); // the name may stand in that buffer already
    out[name.size()] = '\0';
    if (out_length != nullptr)
        *out_length = static_cast<unsigned>(name.size());
    return SASL_OK;
}

} // namespace gatehouse::sasl_plugins
