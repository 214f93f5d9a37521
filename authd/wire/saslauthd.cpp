#include "wire/saslauthd.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>

namespace gatehouse::wire
{

namespace
{
constexpr std::size_t login_field = 0;
constexpr std::size_t password_field = 1;
constexpr std::size_t service_field = 2;
constexpr std::size_t realm_field = 3;
constexpr std::size_t address_field = 4;

constexpr std::size_t length_size = 2;
constexpr std::size_t max_count = 65'535;
constexpr std::size_t max_address = 128; // an IPv6 address with zone, ';' and a port take less
constexpr std::size_t max_answer = 1'023;

/// The address of "ip;port" or "ip"; empty when it is none.
std::string address_of(std::string_view remote)
{
    const std::string ip(remote.substr(0, remote.find(';')));
    std::array<std::uint8_t, sizeof(in6_addr)> parsed;
    const bool is_address =
        ::inet_pton(AF_INET, ip.c_str(), parsed.data()) == 1 || ::inet_pton(AF_INET6, ip.c_str(), parsed.data()) == 1;
    return is_address && ip.find('\0') == std::string::npos ? ip : std::string{};
}

std::array<std::uint8_t, length_size> count_of(std::size_t size)
{
    return {static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size & 0xFF)};
}
} // namespace

std::unexpected<WireError> SaslauthdDecoder::fail(WireError error)
{
    failed_ = true;
    failure_ = error;
    password_.wipe();
    return std::unexpected(error);
}

Result<bool, WireError> SaslauthdDecoder::feed(std::span<const std::uint8_t> bytes)
{
    if (failed_)
        return std::unexpected(failure_);
    while (!bytes.empty() && field_ < all_fields) {
        if (length_bytes_ < length_size) {
            if (const auto taken = take_length(bytes.front()); !taken)
                return fail(taken.error());
            bytes = bytes.subspan(1);
        } else {
            const std::size_t count = std::min(remaining_, bytes.size());
            if (!take_content(bytes.first(count)))
                return fail(WireError::out_of_memory);
            remaining_ -= count;
            bytes = bytes.subspan(count);
        }
        if (length_bytes_ == length_size && remaining_ == 0) {
            ++field_;
            length_bytes_ = 0;
        }
    }
    return whole();
}

Result<void, WireError> SaslauthdDecoder::take_length(std::uint8_t byte)
{
    remaining_ = remaining_ << 8 | byte;
    ++length_bytes_;
    if (length_bytes_ < length_size)
        return {};
    if (field_ == address_field)
        remaining_ = remaining_ > max_address ? 0 : remaining_; // no address then: the request is whole without it
    else if (remaining_ > max_field_)
        return std::unexpected(WireError::too_long);
    return {};
}

bool SaslauthdDecoder::take_content(std::span<const std::uint8_t> content)
{
    if (field_ == password_field)
        return password_.append(content);
    texts_[field_].append(content.begin(), content.end());
    return true;
}

SaslauthdRequest SaslauthdDecoder::take()
{
    const bool has_address = field_ == all_fields;
    return {.login = std::move(texts_[login_field]),
            .password = std::move(password_),
            .service = std::move(texts_[service_field]),
            .realm = std::move(texts_[realm_field]),
            .client_address = has_address ? address_of(texts_[address_field]) : std::string{}};
}

std::string saslauthd_answer(bool ok, std::string_view text)
{
    std::string answer = ok ? "OK" : "NO";
    if (!text.empty()) {
        answer += ' ';
        answer += text.substr(0, max_answer - answer.size());
    }
    const auto count = count_of(answer.size());
    return std::string(count.begin(), count.end()) + answer;
}

Result<Secret, WireError> encode_saslauthd_request(std::string_view login, const Secret& password,
                                                   std::string_view service, std::string_view realm)
{
    Secret request;
    for (const std::string_view field : {login, password.view(), service, realm}) {
        if (field.size() > max_count)
            return std::unexpected(WireError::too_long);
        if (!request.append(count_of(field.size())) || !request.append(field))
            return std::unexpected(WireError::out_of_memory);
    }
    return request;
}

Result<SaslauthdAnswer, WireError> parse_saslauthd_answer(std::string_view received)
{
    if (received.size() < length_size)
        return std::unexpected(WireError::malformed);
    const std::size_t count =
        static_cast<std::size_t>(static_cast<std::uint8_t>(received[0])) << 8 | static_cast<std::uint8_t>(received[1]);
    received.remove_prefix(length_size);
    const bool ok = received.starts_with("OK");
    if (count < 2 || received.size() < count || (!ok && !received.starts_with("NO")))
        return std::unexpected(WireError::malformed);
    std::string_view text = received.substr(2, count - 2);
    if (text.starts_with(' '))
        text.remove_prefix(1);
    return SaslauthdAnswer{.ok = ok, .text = std::string(text)};
}

} // namespace gatehouse::wire
