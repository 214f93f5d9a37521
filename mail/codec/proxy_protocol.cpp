#include "codec/proxy_protocol.hpp"

#include "base/text.hpp"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstring>

namespace gatehouse::codec
{

namespace
{

constexpr std::string_view signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t shortest_text = 15; // "PROXY UNKNOWN\r\n"
constexpr std::size_t longest_text = 107;
constexpr std::size_t fixed_part = 16; // of version 2

unsigned byte_at(std::string_view bytes, std::size_t at)
{
    return static_cast<unsigned char>(bytes[at]);
}

std::uint16_t number_at(std::string_view bytes, std::size_t at)
{
    return static_cast<std::uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}

bool is_address(int family, const std::string& text)
{
    std::array<unsigned char, 16> bytes;
    return ::inet_pton(family, text.c_str(), bytes.data()) == 1;
}

std::optional<std::uint16_t> port_of(std::string_view text)
{
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return port;
}

std::string address_text(int family, std::string_view bytes)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(family, bytes.data(), text.data(), text.size());
    return text.data();
}

} // namespace

std::size_t ProxyHeaderReader::needs() const
{
    if (whole_)
        return 0;
    if (held_.size() < shortest_text)
        return shortest_text - held_.size();
    if (!held_.starts_with(signature.substr(0, 1)))
        return 1; // where the line ends is not known
    if (held_.size() < fixed_part)
        return fixed_part - held_.size();
    return fixed_part + number_at(held_, 14) - held_.size();
}

Result<void, wire::WireError> ProxyHeaderReader::feed(std::span<const std::uint8_t> bytes)
{
    held_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (held_.size() < shortest_text)
        return {};
    return held_.starts_with("PROXY ") ? take_text() : take_binary();
}

Result<void, wire::WireError> ProxyHeaderReader::take_text()
{
    const std::size_t end = held_.find('\n');
    if (end == std::string::npos && held_.size() < longest_text)
        return {};
    if (end == std::string::npos)
        return std::unexpected(wire::WireError::too_long);
    if (end + 1 != held_.size() || held_[end - 1] != '\r')
        return std::unexpected(wire::WireError::malformed);
    const auto words = text::split(std::string_view(held_).substr(0, end - 1), ' ');
    whole_ = true;
    if (words[1] == "UNKNOWN")
        return {};
    const int family = words[1] == "TCP4" ? AF_INET : words[1] == "TCP6" ? AF_INET6 : AF_UNSPEC;
    if (family == AF_UNSPEC || words.size() != 6)
        return std::unexpected(wire::WireError::malformed);
    const auto source_port = port_of(words[4]);
    const auto destination_port = port_of(words[5]);
    peer_ = {std::string(words[2]), source_port.value_or(0), std::string(words[3]), destination_port.value_or(0)};
    if (!source_port || !destination_port || !is_address(family, peer_.source) ||
        !is_address(family, peer_.destination))
        return std::unexpected(wire::WireError::malformed);
    return {};
}

Result<void, wire::WireError> ProxyHeaderReader::take_binary()
{
    if (!held_.starts_with(signature))
        return std::unexpected(wire::WireError::malformed);
    if (held_.size() < fixed_part)
        return {};
    const std::size_t length = number_at(held_, 14);
    if (fixed_part + length > longest)
        return std::unexpected(wire::WireError::too_long);
    const unsigned command = byte_at(held_, 12);
    if (command != 0x20 && command != 0x21)
        return std::unexpected(wire::WireError::malformed);
    if (held_.size() < fixed_part + length)
        return {};
    whole_ = true;
    const unsigned transport = byte_at(held_, 13);
    const bool v4 = transport == 0x11;
    if (command == 0x20 || (!v4 && transport != 0x21))
        return {}; // the balancer's own, or nothing that has an address we know
    const std::size_t size = v4 ? 4 : 16;
    if (length < 2 * size + 4)
        return std::unexpected(wire::WireError::malformed);
    const std::string_view body = std::string_view(held_).substr(fixed_part);
    const int family = v4 ? AF_INET : AF_INET6;
    peer_ = {address_text(family, body.substr(0, size)), number_at(body, 2 * size),
             address_text(family, body.substr(size, size)), number_at(body, 2 * size + 2)};
    return {};
}

std::string format_proxy_header(const std::optional<ProxiedPeer>& peer)
{
    std::string header(signature);
    std::array<char, 16> source{};
    std::array<char, 16> destination{};
    const auto parsed = [&](int family) {
        return ::inet_pton(family, peer->source.c_str(), source.data()) == 1 &&
               ::inet_pton(family, peer->destination.c_str(), destination.data()) == 1;
    };
    const bool v4 = peer && parsed(AF_INET);
    if (!v4 && !(peer && parsed(AF_INET6)))
        return header.append("\x20\0\0\0", 4);
    const std::size_t size = v4 ? 4 : 16;
    header += '\x21';
    header += v4 ? '\x11' : '\x21';
    header += '\0';
    header += static_cast<char>(2 * size + 4);
    header.append(source.data(), size).append(destination.data(), size);
    for (const std::uint16_t port : {peer->source_port, peer->destination_port}) {
        header += static_cast<char>(port >> 8);
        header += static_cast<char>(port & 0xff);
    }
    return header;
}

} // namespace gatehouse::codec
