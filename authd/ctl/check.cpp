#include "ctl/table.hpp"
#include "ctl/terminal.hpp"
#include "ctl/verbs.hpp"

#include "base/text.hpp"

#include <chrono>
#include <cstdio>

namespace gatehouse::ctl
{

namespace json = boost::json;
using client::Answer;

namespace
{

std::string_view word_of(Answer::Outcome outcome)
{
    switch (outcome) {
    case Answer::Outcome::granted: return "granted";
    case Answer::Outcome::denied: return "denied";
    case Answer::Outcome::unavailable: break;
    }
    return "unavailable";
}

int status_of(Answer::Outcome outcome)
{
    switch (outcome) {
    case Answer::Outcome::granted: return exit_ok;
    case Answer::Outcome::denied: return exit_no;
    case Answer::Outcome::unavailable: break;
    }
    return exit_unavailable;
}

std::string until(const Answer& answer)
{
    if (!answer.valid_until)
        return {};
    return local_time(std::chrono::duration_cast<std::chrono::seconds>(answer.valid_until->time_since_epoch()).count());
}

/// "1. asked dc1", "2. ..."
std::vector<std::string> numbered(const std::vector<std::string>& steps)
{
    std::vector<std::string> out;
    for (const std::string& step : steps)
        out.push_back(std::to_string(out.size() + 1) + ". " + step);
    return out;
}

void print_person(Facts& facts, const Person& person)
{
    facts.add("person", person.name + (person.display_name.empty() ? "" : " (" + person.display_name + ")"));
    facts.add("realm", person.realm);
    facts.add("mailbox", person.mailbox);
    facts.add("id", person.id);
    facts.add("principal name", person.upn);
    facts.add("addresses", text::join(person.addresses, ", "));
    facts.add("mail host", person.mail_host);
    std::vector<std::string> groups;
    for (const Membership& membership : person.groups)
        groups.push_back(membership.group);
    facts.add("groups", text::join(groups, ", "));
}

void print_answer(const CheckOptions& options, const Answer& answer, std::chrono::microseconds took)
{
    Facts facts;
    facts.add("verdict", std::string(word_of(answer.outcome)));
    if (answer.outcome != Answer::Outcome::granted)
        facts.add("reason", answer.reason);
    facts.add("told to the person", answer.text);
    facts.add("detail", answer.detail);
    if (answer.person)
        print_person(facts, *answer.person);
    facts.add("valid until", until(answer));
    facts.add("service", options.service);
    facts.add("answered by", answer.server);
    facts.add("time", words(took));
    facts.add("path", numbered(answer.steps));
    facts.print();
}

json::object json_of(const CheckOptions& options, const Answer& answer, std::chrono::microseconds took)
{
    json::object out{{"verdict", word_of(answer.outcome)}, {"service", options.service}, {"micros", took.count()}};
    const auto add = [&](std::string_view key, const std::string& value) {
        if (!value.empty())
            out[key] = value;
    };
    add("reason", answer.reason);
    add("text", answer.text);
    add("detail", answer.detail);
    add("server", answer.server);
    if (answer.person)
        out["person"] = wire::native_person(*answer.person);
    if (answer.valid_until)
        out["valid_until"] =
            std::chrono::duration_cast<std::chrono::seconds>(answer.valid_until->time_since_epoch()).count();
    out["steps"] = json::array(answer.steps.begin(), answer.steps.end());
    return out;
}

} // namespace

int check(const Common& common, const CheckOptions& options)
{
    auto password = options.password_stdin ? read_password_from_stdin()
                                           : ask_password("password of " + printable(options.user) + ": ");
    if (!password) {
        say_error(common.json, password.error().text);
        return exit_usage;
    }
    client::BlockingAuthd authd(common.socket);
    const auto began = Clock::now();
    const auto answer = authd.authenticate({.service = options.service,
                                            .login = options.user,
                                            .password = std::move(*password),
                                            .address = options.address,
                                            .trace = true},
                                           common.deadline());
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began);
    if (!answer) {
        say_error(common.json, answer.error().text);
        return authd.absent() ? exit_no_authd : exit_unavailable; // never "denied": authd said nothing of the kind
    }
    if (common.json)
        print_json(json_of(options, *answer, took));
    else
        print_answer(options, *answer, took);
    return status_of(answer->outcome);
}

} // namespace gatehouse::ctl
