#include "sasl/scram_message.hpp"

#include "base/text.hpp"
#include "identity/login_name.hpp"

#include <algorithm>
#include <optional>

namespace gatehouse::sasl
{

namespace
{
/// The text up to the next comma, taken off `rest` with it.
std::string_view cut(std::string_view& rest)
{
    const std::size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    return part;
}

/// The value of "x=value"; nothing: it is another attribute, or none.
std::optional<std::string_view> value_of(std::string_view attribute, char name)
{
    if (attribute.size() < 2 || attribute[0] != name || attribute[1] != '=')
        return {};
    return attribute.substr(2);
}

/// saslname: a comma is "=2C" and an equals sign "=3D".
std::optional<std::string> decode_name(std::string_view encoded)
{
    std::string name;
    while (!encoded.empty()) {
        const std::size_t plain = std::min(encoded.find('='), encoded.size());
        name += encoded.substr(0, plain);
        encoded.remove_prefix(plain);
        if (encoded.empty())
            break;
        if (!encoded.starts_with("=2C") && !encoded.starts_with("=3D"))
            return {};
        name += encoded[1] == '2' ? ',' : '=';
        encoded.remove_prefix(3);
    }
    return name;
}

bool is_nonce(std::string_view text)
{
    return !text.empty() && text.size() <= max_scram_nonce &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~' && c != ','; });
}

bool is_attribute(std::string_view text)
{
    return text.size() > 1 && text[1] == '=' &&
           ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
}

/// gs2-cbind-flag. False: it is none.
bool read_binding(std::string_view flag, ScramClientFirst& first)
{
    if (const auto type = value_of(flag, 'p')) {
        first.binding = ScramBinding::used;
        first.binding_type = *type;
        return !type->empty();
    }
    first.binding = flag == "y" ? ScramBinding::not_offered : ScramBinding::unable;
    return flag == "y" || flag == "n";
}

/// Only what an encoder writes: of two texts for the same bytes one is refused, so that a message has one form.
std::optional<std::string> decode(std::string_view base64)
{
    const auto bytes = text::decode_base64(base64);
    if (!bytes || text::base64(bytes->bytes()) != base64)
        return {};
    return std::string(bytes->view());
}
} // namespace

Result<ScramClientFirst> parse_scram_client_first(std::string_view message)
{
    ScramClientFirst first;
    std::string_view rest = message;
    if (message.size() > max_scram_message)
        return invalid("the first SCRAM message is longer than 12 KiB");
    if (!read_binding(cut(rest), first))
        return invalid("the first SCRAM message does not begin with n, y or p=");
    if (const std::string_view authzid = cut(rest); !authzid.empty()) {
        const auto encoded = value_of(authzid, 'a');
        auto decoded = encoded ? decode_name(*encoded) : std::nullopt;
        if (!decoded || decoded->empty())
            return invalid("the first SCRAM message names whom to act for in no valid way");
        first.authzid = std::move(*decoded);
    }
    first.gs2_header = message.substr(0, message.size() - rest.size());
    first.bare = rest;
    if (!first.gs2_header.ends_with(','))
        return invalid("the first SCRAM message ends within its header");
    const std::string_view user = cut(rest);
    if (value_of(user, 'm'))
        return invalid("the client demands a SCRAM extension that is not known");
    const auto encoded = value_of(user, 'n');
    auto login = encoded ? decode_name(*encoded) : std::nullopt;
    if (!login)
        return invalid("the first SCRAM message has no valid name");
    if (login->size() > max_login_name || first.authzid.size() > max_login_name)
        return invalid("the login name is longer than " + std::to_string(max_login_name) + " bytes");
    first.login = std::move(*login);
    const auto nonce = value_of(cut(rest), 'r');
    if (!nonce || !is_nonce(*nonce))
        return invalid("the first SCRAM message has no valid nonce");
    first.nonce = *nonce;
    while (!rest.empty())
        if (!is_attribute(cut(rest)))
            return invalid("the first SCRAM message has something that is no extension");
    return first;
}

Result<ScramClientFinal> parse_scram_client_final(std::string_view message)
{
    ScramClientFinal final_message;
    if (message.size() > max_scram_message)
        return invalid("the last SCRAM message is longer than 12 KiB");
    const std::size_t last = message.rfind(",p=");
    if (last == std::string_view::npos)
        return invalid("the last SCRAM message has no proof");
    auto proof = decode(message.substr(last + 3));
    std::string_view rest = message.substr(0, last);
    final_message.without_proof = rest;
    const auto channel = value_of(cut(rest), 'c');
    auto decoded = channel ? decode(*channel) : std::nullopt;
    const auto nonce = value_of(cut(rest), 'r');
    if (!decoded || !nonce || !proof)
        return invalid("the last SCRAM message is not c=..., r=..., p=...");
    while (!rest.empty())
        if (!is_attribute(cut(rest)))
            return invalid("the last SCRAM message has something that is no extension");
    final_message.channel = std::move(*decoded);
    final_message.nonce = *nonce;
    final_message.proof = std::move(*proof);
    return final_message;
}

} // namespace gatehouse::sasl
