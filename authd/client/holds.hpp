#pragma once

#include "client/authd.hpp"
#include "client/connection.hpp"

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace gatehouse::client
{

/// The sessions that authd is kept told of over one Link: told at each new connection, a few at a time, so that ten
/// thousand of them fill neither the outbox nor the secret memory, which lines are written in.
class Holds
{
public:
    explicit Holds(Link& link);

    void add(Authd::Hold& hold);
    void remove(Authd::Hold& hold);

    /// A connection is up, and authd knows of no session there.
    void begin(std::shared_ptr<Connection> connection);
    void lost();
    void close();

private:
    void take(wire::NativeReply reply);
    void refused(Authd::Hold& hold, std::string_view why);
    void tell();
    bool tell_ended();
    bool tell_next();
    enum class Sent : std::uint8_t { yes, later, never };
    Sent send(const wire::NativeRequest& request);
    void try_later();

    Link& link_;
    boost::asio::steady_timer later_;
    std::shared_ptr<Connection> connection_; // null while there is none
    std::unordered_map<wire::NativeId, Authd::Hold*> told_;
    std::unordered_set<Authd::Hold*> untold_;
    std::unordered_set<Authd::Hold*> refused_; // until the next connection
    std::vector<wire::NativeId> ended_;        // told, and their sessions are over
};

} // namespace gatehouse::client
