#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <string>
#include <vector>

namespace gatehouse::edge
{

/// Addresses and networks ("192.0.2.7", "192.0.2.0/24", "2001:db8::/32"). Immutable once it is used.
class AddressSet
{
public:
    /// False: the text is neither.
    bool add(const std::string& text);
    /// An IPv4 address in IPv6's clothes is looked up as what it is.
    bool contains(const boost::asio::ip::address& address) const;
    bool empty() const { return v4_.empty() && v6_.empty(); }

private:
    std::vector<boost::asio::ip::network_v4> v4_;
    std::vector<boost::asio::ip::network_v6> v6_;
};

/// An IPv4 address in IPv6's clothes as what it is, so that one client has one name.
boost::asio::ip::address plain(const boost::asio::ip::address& address);

} // namespace gatehouse::edge
