#pragma once

#include "base/secret.hpp"
#include "wire/native.hpp"

#include <string>

namespace gatehouse::client
{

/// Where authd's listener for our own programs is, unless a program is told another path.
inline constexpr std::string_view default_socket = "/run/gatehouse/native";
/// Where the listener for administrators is.
inline constexpr std::string_view default_control_socket = "/run/gatehouse/control";

/// authd's answer to a login. An Error instead of an Answer is always an outage for the person who logs in: nothing is
/// known about the password, and nobody may be told that it was wrong.
using Answer = wire::NativeVerdict;

/// One login by name and password. The request that leaves has its id set by the connection.
struct Login {
    std::string service;
    std::string login;     ///< any bytes; authd refuses what is no name
    Secret password;       ///< any bytes
    std::string address{}; ///< the person's address; believed only from listeners with may_assert_address
    std::string realm{};   ///< hint; empty: none
    bool trace = false;    ///< ask for the steps; told to administrators only
};

inline wire::NativeAuthenticate request_for(Login login)
{
    return {.id = 0,
            .service = std::move(login.service),
            .login = std::move(login.login),
            .password = std::move(login.password),
            .realm = std::move(login.realm),
            .client = std::move(login.address),
            .trace = login.trace};
}

/// Sets the id of any request.
inline void set_id(wire::NativeRequest& request, wire::NativeId id)
{
    std::visit([id](auto& one) { one.id = id; }, request);
}

/// The result that a reply holds. Error: `invalid` where authd refuses the request or answers something else.
Result<boost::json::value> result_of(wire::NativeReply reply);

/// What is told when a request cannot be written as a line.
inline Error unwritable(wire::WireError error)
{
    switch (error) {
    case wire::WireError::out_of_memory: return {ErrorKind::limit, "the secret memory of this program is full"};
    case wire::WireError::too_long: return {ErrorKind::invalid, "the request is longer than a line may be (256 KiB)"};
    default: return {ErrorKind::invalid, "a name in the request is not UTF-8"};
    }
}

} // namespace gatehouse::client
