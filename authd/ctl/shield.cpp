#include "ctl/table.hpp"
#include "ctl/verbs.hpp"

#include <cstdio>

namespace gatehouse::ctl
{

namespace json = boost::json;

namespace
{

using Align = Table::Align;

void add_person(Table& table, const json::object& person)
{
    std::string name = text_at(person, "realm") + '\\' + text_at(person, "name");
    for (const json::value& one : array_at(person, "clients")) {
        const json::object& client = object_of(one);
        const auto count = [&](std::string_view key) { return std::to_string(number_at(client, key)); };
        const std::string address = text_at(client, "address");
        table.add({name, flag_at(person, "at_limit") ? "at its limit" : "", address.empty() ? "not told" : address,
                   text_at(client, "service"), count("wrong"), count("repeats"), count("old_password"),
                   local_time(number_at(client, "since")), local_time(number_at(client, "last"))});
        name.clear();
    }
}

} // namespace

int shield(const Common& common)
{
    client::BlockingAuthd authd(common.socket);
    const auto result = authd.shield(common.deadline());
    if (!result)
        return fail(common, authd, result.error());
    if (common.json) {
        print_json(*result);
        return exit_ok;
    }
    Table table({{"PERSON"},
                 {"DIRECTORY"},
                 {"CLIENT"},
                 {"SERVICE"},
                 {"WRONG", Align::right},
                 {"REPEATED", Align::right},
                 {"OLD PASSWORD", Align::right},
                 {"SINCE"},
                 {"LAST"}});
    for (const json::value& person : array_at(object_of(*result), "people"))
        add_person(table, object_of(person));
    if (table.empty())
        std::printf("nobody is tried with wrong passwords\n");
    else
        table.print();
    return exit_ok;
}

int shield_clear(const Common& common, const std::string& user)
{
    client::BlockingAuthd authd(common.socket);
    const auto result = authd.shield_clear(user, common.deadline());
    if (!result)
        return fail(common, authd, result.error());
    if (common.json) {
        print_json(*result);
        return exit_ok;
    }
    const json::object& cleared = object_of(*result);
    std::printf("%s: %s\n", printable(text_at(cleared, "name")).c_str(),
                flag_at(cleared, "cleared") ? "what was counted and known to be wrong is forgotten"
                                            : "nothing was counted");
    return exit_ok;
}

} // namespace gatehouse::ctl
