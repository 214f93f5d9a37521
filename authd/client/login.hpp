#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "wire/native.hpp"

#include <boost/json.hpp>

#include <string>
#include <string_view>
#include <utility>

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

/// Somebody whom this program has proved by a mechanism of its own.
struct Admission {
    std::string service;
    std::string mechanism; ///< by which they were proved, for the audit line
    std::string login;
    std::string address{};
    std::string realm{};
};

inline wire::NativeAdmit request_for(Admission admission)
{
    return {.id = 0,
            .service = std::move(admission.service),
            .mechanism = std::move(admission.mechanism),
            .login = std::move(admission.login),
            .realm = std::move(admission.realm),
            .client = std::move(admission.address)};
}

/// Sets the id of any request.
inline void set_id(wire::NativeRequest& request, wire::NativeId id)
{
    std::visit([id](auto& one) { one.id = id; }, request);
}

/// The result that a reply holds. Error: `invalid` where authd refuses the request or answers something else.
Result<boost::json::value> result_of(wire::NativeReply reply);

/// What `parse` reads in a result. Error also: `invalid` where that is something else than was asked for.
template <class Parse>
auto read_from(const Result<boost::json::value>& result, Parse parse)
    -> Result<typename decltype(parse(*result))::value_type>
{
    if (!result)
        return std::unexpected(result.error());
    auto parsed = parse(*result);
    if (!parsed)
        return invalid("authd's answer is not what the request asks for");
    return std::move(*parsed);
}

/// What is told when a request cannot be written as a line.
Error unwritable(wire::WireError error);

} // namespace gatehouse::client
