#pragma once

#include <chrono>
#include <string>

namespace gatehouse::integration
{

/// A ticket as a KDC would issue it, sealed with the service's own key: for tickets that no KDC of today gives, such as
/// those of an hour ago. Who has that key can make any, which is what a KDC is.
struct MadeTicket {
    std::string client{};                    ///< principal, with its realm
    std::string service{};                   ///< principal, as it stands in the keytab
    std::chrono::seconds begins{-60};        ///< from now
    std::chrono::seconds ends{3600};         ///< from now
    std::chrono::seconds clock_of_client{0}; ///< how far it is from ours; what the client writes into its messages
};

/// Puts it into a ticket cache that holds nothing else, such as FILE:/run/cc or MEMORY:cc. `keytab`: a file. Throws
/// std::runtime_error with libkrb5's words.
void make_ticket(const MadeTicket& ticket, const std::string& keytab, const std::string& cache);

/// Writes a keytab of one random AES key. Throws std::runtime_error.
void make_keytab(const std::string& file, const std::string& service);

} // namespace gatehouse::integration
