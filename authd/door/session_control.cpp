#include "door/session_control.hpp"

#include "wire/native.hpp"

namespace gatehouse::door
{

namespace json = boost::json;

namespace
{
constexpr std::size_t room = wire::max_native_line - 1024; // of a line, less what stands around the sessions

json::object listed(const gate::LiveSession& session)
{
    return {{"realm", session.realm},     {"name", session.name},        {"id", session.person},
            {"service", session.service}, {"client", session.client},    {"store", session.store},
            {"since", session.since},     {"listener", session.listener}};
}
} // namespace

Error not_located(const gate::Located& located)
{
    std::string text(name_of(located.reason));
    return {is_outage(located.reason) ? ErrorKind::unavailable : ErrorKind::invalid,
            located.detail.empty() ? text : text + ": " + located.detail};
}

Result<gate::Whom> whose_sessions(const gate::Located& located, const std::string& login)
{
    if (located.reason == Reason::granted)
        return gate::Whom{.realm = located.realm, .person = located.person.id, .name = located.person.name};
    if (!login.empty() && (located.reason == Reason::unknown_person || is_outage(located.reason)))
        return gate::Whom{.realm = {}, .person = {}, .name = login};
    return std::unexpected(not_located(located));
}

json::object list_of(const gate::LiveSessions& sessions, const gate::Whom& whom, std::uint64_t after)
{
    const auto some = sessions.list(whom, after, room);
    json::array all;
    for (const auto& [number, session] : some)
        all.push_back(listed(session));
    json::object result{{"sessions", std::move(all)}};
    if (!some.empty() && !sessions.list(whom, some.back().first, 0).empty())
        result["next"] = some.back().first;
    return result;
}

} // namespace gatehouse::door
