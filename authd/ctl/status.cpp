#include "ctl/table.hpp"
#include "ctl/verbs.hpp"

#include <cstdio>

namespace gatehouse::ctl
{

namespace json = boost::json;

namespace
{

using Align = Table::Align;

std::string store_words(const json::object& store)
{
    std::string words = text_at(store, "kind");
    if (text_at(store, "kind") == "postgresql")
        words += ", " + std::to_string(number_at(store, "nodes")) + " nodes";
    if (!flag_at(store, "usable"))
        words += "; AWAY: " + text_at(store, "trouble");
    const std::int64_t share_of = number_at(store, "share_of");
    if (share_of == 0)
        words += "; alone: one wrong password of each person goes to the directory";
    else if (share_of > 1)
        words += "; alone, with 1/" + std::to_string(share_of) + " of each person's lockout budget";
    return words;
}

void print_process(const json::object& status)
{
    const json::object& memory = object_at(status, "secret_memory");
    const json::object& audit = object_at(status, "audit");
    Facts facts;
    facts.add("version", text_at(status, "version"));
    facts.add("up", words(std::chrono::seconds(number_at(status, "uptime_s"))));
    facts.add("secret memory",
              size_words(number_at(memory, "used")) + " of " + size_words(number_at(memory, "size")) + " in use");
    const json::object& proofs = object_at(status, "proofs");
    facts.add("proofs",
              std::to_string(number_at(proofs, "good")) + " good, " + std::to_string(number_at(proofs, "refused")) +
                  " refused, " + std::to_string(number_at(proofs, "retired")) + " retired; " +
                  size_words(number_at(proofs, "bytes")) + " of " + size_words(number_at(proofs, "capacity")));
    const json::object& shield = object_at(status, "shield");
    facts.add("shield", std::to_string(number_at(shield, "at_limit")) + " people at their limit, " +
                            std::to_string(number_at(shield, "people")) + " tried with wrong passwords");
    facts.add("sessions", std::to_string(number_at(object_at(status, "sessions"), "open")) + " open");
    const json::object& store = object_at(status, "store");
    facts.add("store", store_words(store));
    facts.add("audit", std::to_string(number_at(audit, "written")) + " lines written, " +
                           std::to_string(number_at(audit, "waiting")) + " waiting" +
                           (flag_at(audit, "writable") ? "" : "; CANNOT BE WRITTEN: every login is Unavailable"));
    facts.print();
}

void add_server(Table& table, const json::object& realm, const json::object& server)
{
    const std::int64_t failures = number_at(server, "consecutive_failures");
    std::string state = flag_at(server, "usable") ? "usable" : "failed";
    if (failures > 0)
        state += " (" + std::to_string(failures) + " in a row)";
    table.add({text_at(realm, "name"), text_at(realm, "kind"), text_at(server, "server"), std::move(state),
               words(std::chrono::microseconds(number_at(server, "latency_us"))),
               std::to_string(number_at(server, "requests")), std::to_string(number_at(server, "connections")),
               text_at(server, "last_error")});
}

void print_realms(const json::object& status)
{
    Table table({{"REALM"},
                 {"DIRECTORY"},
                 {"SERVER"},
                 {"STATE"},
                 {"LATENCY", Align::right},
                 {"REQUESTS", Align::right},
                 {"CONNECTIONS", Align::right},
                 {"LAST ERROR"}});
    for (const json::value& one : array_at(status, "realms")) {
        const json::object& realm = object_of(one);
        const json::array& servers = array_at(realm, "servers");
        for (const json::value& server : servers)
            add_server(table, realm, object_of(server));
        if (servers.empty())
            table.add({text_at(realm, "name"), text_at(realm, "kind"), "", "", "", "", "", ""});
    }
    if (!table.empty())
        table.print();
}

std::string feed_state(const json::object& feed)
{
    if (flag_at(feed, "live"))
        return "live";
    return flag_at(feed, "away") ? "directory away" : "not live";
}

void print_feeds(const json::object& status)
{
    Table table({{"REALM"},
                 {"FEED"},
                 {"FOLLOWS"},
                 {"AGE", Align::right},
                 {"PEOPLE", Align::right},
                 {"GROUPS", Align::right},
                 {"CURSOR"},
                 {"TROUBLE"}});
    for (const json::value& one : array_at(status, "realms")) {
        const json::object& realm = object_of(one);
        const json::object& feed = object_at(realm, "feed");
        if (feed.empty()) {
            table.add({text_at(realm, "name"), "none: nothing is remembered", "", "", "", "", "", ""});
            continue;
        }
        table.add({text_at(realm, "name"), feed_state(feed), text_at(feed, "server"),
                   feed.contains("age_ms") ? words(std::chrono::milliseconds(number_at(feed, "age_ms"))) : "",
                   std::to_string(number_at(feed, "people")), std::to_string(number_at(feed, "groups")),
                   text_at(feed, "cursor"), text_at(feed, "trouble")});
    }
    if (!table.empty())
        table.print();
}

void print_listeners(const json::object& status)
{
    Table table({{"LISTENER"},
                 {"DOOR"},
                 {"OPEN", Align::right},
                 {"ACCEPTED", Align::right},
                 {"GRANTED", Align::right},
                 {"DENIED", Align::right},
                 {"UNAVAILABLE", Align::right},
                 {"ERRORS", Align::right},
                 {"TURNED AWAY", Align::right},
                 {"SOCKET"}});
    for (const json::value& one : array_at(status, "listeners")) {
        const json::object& listener = object_of(one);
        const auto count = [&](std::string_view key) { return std::to_string(number_at(listener, key)); };
        table.add({text_at(listener, "name"), text_at(listener, "door"), count("connections"), count("accepted"),
                   count("granted"), count("denied"), count("unavailable"), count("protocol_errors"),
                   count("turned_away"), text_at(listener, "socket")});
    }
    if (!table.empty())
        table.print();
}

} // namespace

int status(const Common& common)
{
    client::BlockingAuthd authd(common.socket);
    const auto result = authd.status(common.deadline());
    if (!result)
        return fail(common, authd, result.error());
    if (common.json) {
        print_json(*result);
        return exit_ok;
    }
    const json::object& status = object_of(*result);
    print_process(status);
    std::printf("\n");
    print_realms(status);
    std::printf("\n");
    print_feeds(status);
    std::printf("\n");
    print_listeners(status);
    return exit_ok;
}

} // namespace gatehouse::ctl
