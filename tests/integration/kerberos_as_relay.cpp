#include "kerberos_as_relay.hpp"

#include "support/lab.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

namespace gatehouse::integration
{

namespace
{
sockaddr_in address_of(const std::string& host, int port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
    return address;
}

int connected_to(const sockaddr_in& address, int flags = 0)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    return fd;
}

/// A message with the four bytes of its length; empty when the peer closes before its end.
std::string read_message(int fd)
{
    std::string message;
    std::array<char, 4096> piece{};
    for (;;) {
        if (message.size() >= 4) {
            std::uint32_t length = 0;
            std::memcpy(&length, message.data(), 4);
            if (message.size() >= 4 + ::ntohl(length))
                return message;
        }
        const ssize_t size = ::read(fd, piece.data(), piece.size());
        if (size <= 0)
            return {};
        message.append(piece.data(), static_cast<std::size_t>(size));
    }
}

void send(int fd, std::string_view bytes)
{
    if (::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0)
        return; // the peer has left
}
} // namespace

Relay::Relay(std::vector<Act> acts, Kind kind) : acts_(std::move(acts))
{
    const std::string kdc = Lab::current().show("mit-kdc").at("kdc");
    kdc_host_ = kdc.substr(0, kdc.find(':'));
    kdc_port_ = std::stoi(kdc.substr(kdc.find(':') + 1));
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = address_of(kdc_host_, 0);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, kind == Kind::full ? 0 : 64) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("a relay finds no port");
    place_ = kdc_host_ + ':' + std::to_string(::ntohs(address.sin_port));
    if (kind == Kind::serving)
        thread_ = std::jthread([this] { serve(); });
    else
        for (int i = 0; i < 8; ++i) // one is taken into the queue; the kernel forgets the others' SYNs
            open_.push_back(connected_to(address, SOCK_NONBLOCK));
}

Relay::~Relay()
{
    ::shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable())
        thread_.join();
    for (const int fd : open_)
        ::close(fd);
    ::close(listener_);
}

void Relay::serve()
{
    for (int peer; (peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
        const auto number = static_cast<std::size_t>(connections_++);
        act_on(peer, acts_[std::min(number, acts_.size() - 1)]);
    }
}

void Relay::act_on(int peer, Act act)
{
    if (act == Act::stay_mute) {
        open_.push_back(peer);
        return;
    }
    const std::string request = act == Act::babble ? std::string() : read_message(peer);
    if (act == Act::pass_on || act == Act::pass_on_and_stay_mute) {
        const int kdc = connected_to(address_of(kdc_host_, kdc_port_));
        send(kdc, request);
        const std::string reply = read_message(kdc);
        ::close(kdc);
        if (act == Act::pass_on_and_stay_mute) {
            open_.push_back(peer);
            return;
        }
        send(peer, reply);
    }
    if (act == Act::babble)
        send(peer, "220 mail.campus.example ESMTP\r\n");
    if (act == Act::announce_too_much)
        send(peer, "\x7f\xff\xff\xff");
    if (act == Act::answer_rubbish)
        send(peer, std::string_view("\0\0\0\5hello", 9));
    ::close(peer);
}

} // namespace gatehouse::integration
