#include "ctl/table.hpp"
#include "ctl/verbs.hpp"

#include <cstdio>

namespace gatehouse::ctl
{

namespace json = boost::json;

namespace
{
void add_sessions(Table& table, const json::array& sessions)
{
    for (const json::value& one : sessions) {
        const json::object& session = object_of(one);
        table.add({text_at(session, "realm") + '\\' + text_at(session, "name"), text_at(session, "service"),
                   text_at(session, "client"), text_at(session, "store"), local_time(number_at(session, "since")),
                   text_at(session, "listener")});
    }
}
} // namespace

int sessions(const Common& common, const std::string& user)
{
    client::BlockingAuthd authd(common.socket);
    const auto result = authd.sessions(user, common.deadline());
    if (!result)
        return fail(common, authd, result.error());
    if (common.json) {
        print_json(json::object{{"sessions", *result}});
        return exit_ok;
    }
    Table table({{"PERSON"}, {"SERVICE"}, {"CLIENT"}, {"STORE"}, {"SINCE"}, {"LISTENER"}});
    add_sessions(table, *result);
    if (table.empty())
        std::printf("no session is open\n");
    else
        table.print();
    return exit_ok;
}

int kick(const Common& common, const std::string& user)
{
    client::BlockingAuthd authd(common.socket);
    const auto result = authd.kick(user, common.deadline());
    if (!result)
        return fail(common, authd, result.error());
    if (common.json) {
        print_json(*result);
        return exit_ok;
    }
    const json::object& kicked = object_of(*result);
    std::printf("%s: sessions ended: %lld\n", printable(text_at(kicked, "name")).c_str(),
                static_cast<long long>(number_at(kicked, "ended")));
    return exit_ok;
}

} // namespace gatehouse::ctl
