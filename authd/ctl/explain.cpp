#include "ctl/table.hpp"
#include "ctl/verbs.hpp"

#include "base/text.hpp"

#include <cstdio>

namespace gatehouse::ctl
{

namespace json = boost::json;

namespace
{

std::string posix_words(const json::object& person)
{
    const json::object& posix = object_at(person, "posix");
    if (posix.empty())
        return {};
    return "uid " + std::to_string(number_at(posix, "uid")) + ", gid " + std::to_string(number_at(posix, "gid")) +
           ", home " + text_at(posix, "home");
}

void add_time(Facts& facts, const json::object& state, std::string_view key, std::string name)
{
    if (state.contains(key))
        facts.add(std::move(name), local_time(number_at(state, key)));
}

void add_flag(std::vector<std::string>& words, const json::object& state, std::string_view key, std::string word)
{
    if (flag_at(state, key))
        words.push_back(std::move(word));
}

void add_state(Facts& facts, const json::object& state)
{
    std::vector<std::string> words;
    add_flag(words, state, "disabled", "disabled");
    add_flag(words, state, "locked", "locked");
    add_flag(words, state, "must_change_password", "must change the password");
    add_flag(words, state, "workstations_restricted", "restricted to named workstations");
    facts.add("account", words.empty() ? "in order" : text::join(words, ", "));
    add_time(facts, state, "locked_until", "locked until");
    add_time(facts, state, "expires", "account expires");
    add_time(facts, state, "password_expires", "password expires");
    facts.add("logon hours", text_at(state, "logon_hours"));
}

void print_person(const json::object& result)
{
    const json::object& person = object_at(result, "person");
    const std::string standing = text_at(result, "standing");
    Facts facts;
    facts.add("name", text_at(person, "name"));
    facts.add("display name", text_at(person, "display_name"));
    facts.add("realm", text_at(person, "realm"));
    facts.add("mailbox", text_at(person, "mailbox"));
    facts.add("id", text_at(person, "id"));
    facts.add("dn", text_at(person, "dn"));
    facts.add("principal name", text_at(person, "upn"));
    facts.add("addresses", text::join(texts_at(person, "addresses"), ", "));
    facts.add("mail host", text_at(person, "mail_host"));
    facts.add("posix account", posix_words(person));
    facts.add("standing", standing == "granted" ? "may log in now" : "may not log in now: " + standing);
    add_state(facts, object_at(person, "state"));
    facts.print();
}

void print_groups(const json::object& result)
{
    Table table({{"GROUP"}, {"HOW"}});
    for (const json::value& one : array_at(object_at(result, "person"), "memberships")) {
        const json::object& membership = object_of(one);
        const auto via = texts_at(membership, "via");
        table.add({text_at(membership, "group"), via.empty() ? "direct member" : "through " + text::join(via, " > ")});
    }
    if (table.empty())
        std::printf("no groups\n");
    else
        table.print();
}

void print_services(const json::object& result)
{
    Table table({{"SERVICE"}, {"ADMITTED"}, {"WHY"}});
    for (const json::value& one : array_at(result, "services")) {
        const json::object& service = object_of(one);
        const bool admitted = flag_at(service, "admitted");
        const std::string by = text_at(service, "by");
        table.add({text_at(service, "service"), admitted ? "yes" : "no",
                   !admitted    ? text_at(service, "reason")
                   : by.empty() ? "admits everybody"
                                : "member of " + by});
    }
    table.add({"any other", "yes", "services without a rule admit everybody"});
    table.print();
}

void print_steps(const json::object& result)
{
    const auto steps = texts_at(result, "steps");
    if (!steps.empty())
        std::printf("\n");
    for (const std::string& step : steps)
        std::printf("%s\n", printable(step).c_str());
}

} // namespace

int explain(const Common& common, const std::string& user)
{
    client::BlockingAuthd authd(common.socket);
    const auto result = authd.explain(user, common.deadline());
    if (!result)
        return fail(common, authd, result.error());
    if (common.json) {
        print_json(*result);
        return exit_ok;
    }
    const json::object& explained = object_of(*result);
    print_person(explained);
    std::printf("\n");
    print_groups(explained);
    std::printf("\n");
    print_services(explained);
    print_steps(explained);
    return exit_ok;
}

} // namespace gatehouse::ctl
