// Does the authd that runs here hear of changes in the realm?
#include "doctor/check.hpp"
#include "doctor/cures.hpp"

#include "client/blocking_authd.hpp"

#include <algorithm>

namespace gatehouse::doctor
{

namespace json = boost::json;

namespace
{
constexpr std::chrono::seconds patience{5};

/// The member of an object, if both are as expected.
const json::object* object_at(const json::object& object, std::string_view key)
{
    const json::value* const value = object.if_contains(key);
    return value ? value->if_object() : nullptr;
}

std::string text_at(const json::object& object, std::string_view key)
{
    const json::value* const value = object.if_contains(key);
    const json::string* const text = value ? value->if_string() : nullptr;
    return text ? std::string(*text) : std::string();
}

const json::object* realm_in(const json::value& status, const std::string& name)
{
    const json::object* const all = status.if_object();
    const json::value* const list = all ? all->if_contains("realms") : nullptr;
    if (list == nullptr || !list->is_array())
        return nullptr;
    for (const json::value& item : list->get_array())
        if (const json::object* const realm = item.if_object(); realm && text_at(*realm, "name") == name)
            return realm;
    return nullptr;
}
} // namespace

void check_feed(Examination& examination, Report& report)
{
    client::BlockingAuthd authd(examination.control());
    const auto status = authd.status(Clock::now() + patience);
    if (!status && authd.absent()) {
        report.skip("no authd listens at " + examination.control());
        return;
    }
    if (!status) {
        report.warn(examination.control(), "authd does not tell its state: " + status.error().text,
                    {"run this as root or as a user who may open the socket; see the daemon's log"});
        return;
    }
    const json::object* const realm = realm_in(*status, examination.realm().names.realm);
    if (realm == nullptr) {
        report.warn({}, "the authd that runs does not know this realm: it has read another configuration",
                    {"authctl reload"});
        return;
    }
    const json::object* const feed = object_at(*realm, "feed");
    if (feed == nullptr) {
        report.ok({}, "authd follows no changes: nothing is remembered (proofs.remember)");
        return;
    }
    const json::value* const live = feed->if_contains("live");
    if (live != nullptr && live->is_bool() && live->get_bool())
        report.ok(text_at(*feed, "server"), "changes arrive");
    else
        report.warn(text_at(*feed, "server"),
                    "changes do not arrive, so passwords, groups and states may be old: " + text_at(*feed, "trouble"),
                    {"mend what the other checks tell; if they tell nothing, authctl status and the daemon's log"});
}

} // namespace gatehouse::doctor
