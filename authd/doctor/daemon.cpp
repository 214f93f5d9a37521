#include "doctor/daemon.hpp"

#include "client/blocking_authd.hpp"

#include <ldap.h>

namespace gatehouse::doctor
{

namespace json = boost::json;

namespace
{
constexpr std::chrono::seconds patience{5};

const json::array* array_at(const json::object& object, std::string_view key)
{
    const json::value* const value = object.if_contains(key);
    return value ? value->if_array() : nullptr;
}

/// The object of a list whose `member` is `name`.
const json::object* named(const json::array* list, std::string_view member, const std::string& name)
{
    if (list != nullptr)
        for (const json::value& item : *list)
            if (const json::object* const object = item.if_object(); object && text_at(*object, member) == name)
                return object;
    return nullptr;
}
} // namespace

std::string text_at(const json::object& object, std::string_view key)
{
    const json::value* const value = object.if_contains(key);
    const json::string* const text = value ? value->if_string() : nullptr;
    return text ? std::string(*text) : std::string();
}

Daemon::Daemon(const std::string& socket, const std::string& realm)
{
    client::BlockingAuthd authd(socket);
    const auto status = authd.status(Clock::now() + patience);
    if (!status) {
        state_ = authd.absent() ? State::absent : State::mute;
        trouble_ = status.error().text;
        return;
    }
    const json::object* const all = status->if_object();
    const json::object* const found = all ? named(array_at(*all, "realms"), "name", realm) : nullptr;
    state_ = found ? State::told : State::strange;
    if (found)
        realm_ = *found;
}

const json::object* Daemon::feed() const
{
    const json::value* const feed = realm_.if_contains("feed");
    return feed ? feed->if_object() : nullptr;
}

std::optional<directory::LdapResult> Daemon::refusal_by(const std::string& server) const
{
    const json::object* const health = named(array_at(realm_, "servers"), "server", server);
    if (health == nullptr)
        return std::nullopt;
    const json::value* const usable = health->if_contains("usable");
    const std::string error = text_at(*health, "last_error");
    constexpr std::string_view invalid_credentials = "(49)";
    const std::size_t at = error.find(invalid_credentials);
    if (usable == nullptr || !usable->is_bool() || usable->get_bool() || at == std::string::npos ||
        error.find("the account that searches") == std::string::npos)
        return std::nullopt;
    const std::string_view rest = std::string_view(error).substr(at + invalid_credentials.size());
    return directory::LdapResult{LDAP_INVALID_CREDENTIALS,
                                 std::string(rest.substr(std::min<std::size_t>(2, rest.size())))};
}

} // namespace gatehouse::doctor
