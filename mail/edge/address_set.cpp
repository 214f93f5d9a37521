#include "edge/address_set.hpp"

#include <boost/asio/ip/address_v4.hpp>

#include <algorithm>

namespace gatehouse::edge
{

namespace ip = boost::asio::ip;

bool AddressSet::add(const std::string& text)
{
    boost::system::error_code error;
    const bool has_length = text.contains('/');
    if (const auto v4 = ip::make_network_v4(has_length ? text : text + "/32", error); !error) {
        v4_.push_back(v4);
        return true;
    }
    if (const auto v6 = ip::make_network_v6(has_length ? text : text + "/128", error); !error) {
        v6_.push_back(v6);
        return true;
    }
    return false;
}

bool AddressSet::contains(const ip::address& address) const
{
    const ip::address one = plain(address);
    if (one.is_v4())
        return std::ranges::any_of(v4_, [&](const ip::network_v4& network) {
            return ip::network_v4(one.to_v4(), network.prefix_length()).canonical() == network.canonical();
        });
    return std::ranges::any_of(v6_, [&](const ip::network_v6& network) {
        return ip::network_v6(one.to_v6(), network.prefix_length()).canonical() == network.canonical();
    });
}

ip::address plain(const ip::address& address)
{
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return ip::make_address_v4(ip::v4_mapped, address.to_v6());
    return address;
}

} // namespace gatehouse::edge
