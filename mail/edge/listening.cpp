#include "edge/listening.hpp"

#include "base/listening.hpp"
#include "edge/config.hpp"
#include "edge/handover.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <sys/socket.h>

#include <set>

namespace gatehouse::edge
{

namespace
{

std::string address_of(int socket)
{
    boost::asio::ip::tcp::endpoint endpoint;
    socklen_t length = static_cast<socklen_t>(endpoint.capacity());
    if (::getsockname(socket, endpoint.data(), &length) != 0)
        return {};
    return text_of(Endpoint{endpoint.address().to_string(), endpoint.port()});
}

} // namespace

Result<void> ListeningSockets::adopt()
{
    const auto passed = activated_sockets();
    if (!passed)
        return std::unexpected(passed.error());
    for (const int socket : inherited_sockets())
        sockets_.insert_or_assign(address_of(socket), Descriptor(socket));
    for (const int socket : *passed)
        sockets_.insert_or_assign(address_of(socket), Descriptor(socket));
    return {};
}

Result<void> ListeningSockets::open_for(const std::vector<ListenerSettings>& listeners)
{
    std::set<std::string> wanted;
    for (const ListenerSettings& listener : listeners) {
        const std::string where = text_of(listener.listen);
        wanted.insert(where);
        if (sockets_.contains(where))
            continue;
        const auto opened = open_listening(where, Sharing::with_others);
        if (!opened)
            return std::unexpected(
                Error{opened.error().kind, "listener " + listener.name + ": " + opened.error().text});
        sockets_.emplace(where, Descriptor(*opened));
    }
    std::erase_if(sockets_, [&](const auto& socket) { return !wanted.contains(socket.first); });
    return {};
}

std::vector<int> ListeningSockets::all() const
{
    std::vector<int> all;
    for (const auto& [where, socket] : sockets_)
        all.push_back(socket.get());
    return all;
}

int ListeningSockets::of(const ListenerSettings& listener) const
{
    const auto found = sockets_.find(text_of(listener.listen));
    return found == sockets_.end() ? -1 : found->second.get();
}

} // namespace gatehouse::edge
