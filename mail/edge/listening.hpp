#pragma once

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "edge/settings.hpp"

#include <map>
#include <string>
#include <vector>

namespace gatehouse::edge
{

/// The listening sockets of this process by their address ("192.0.2.1:993"): those that systemd passes, or the process
/// before this one, and those that it opens itself. Another process may open the same ones while this one still serves
/// its sessions. Used by one thread.
class ListeningSockets
{
public:
    /// Takes over what was passed. Error: `invalid`, `unavailable`.
    Result<void> adopt();
    /// Opens what is missing and closes what no listener names any more. Error: `unavailable`, with the address.
    Result<void> open_for(const std::vector<ListenerSettings>& listeners);
    /// -1: there is none.
    int of(const ListenerSettings& listener) const;
    std::vector<int> all() const;
    void close() { sockets_.clear(); }

private:
    std::map<std::string, Descriptor> sockets_;
};

} // namespace gatehouse::edge
