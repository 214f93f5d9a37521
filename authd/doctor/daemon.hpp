#pragma once

#include "base/result.hpp"
#include "directory/ldap_request.hpp"

#include <boost/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::doctor
{

/// What the authd that runs here says of one realm.
class Daemon
{
public:
    enum class State {
        absent,  ///< nobody listens at the socket
        mute,    ///< it does not tell; see trouble()
        strange, ///< it does not know the realm
        told,
    };

    /// Asks once. Blocks for five seconds at most.
    Daemon(const std::string& socket, const std::string& realm);

    State state() const { return state_; }
    const std::string& trouble() const { return trouble_; }
    /// Of the realm; null when it follows no changes, or nothing was told.
    const boost::json::object* feed() const;
    /// What `server` answered to the account that searches when authd was last refused there, if it has left the server
    /// because of that. It tries again by itself once the secret's file changes.
    std::optional<directory::LdapResult> refusal_by(const std::string& server) const;

private:
    State state_ = State::absent;
    std::string trouble_;
    boost::json::object realm_;
};

/// The text of a member; empty when it is missing or no text.
std::string text_at(const boost::json::object& object, std::string_view key);

} // namespace gatehouse::doctor
