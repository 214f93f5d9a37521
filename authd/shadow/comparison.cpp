#include "shadow/comparison.hpp"

#include "identity/reason.hpp"

namespace gatehouse::shadow
{

namespace json = boost::json;
using client::Answer;

namespace
{

std::string text_at(const json::object& object, std::string_view key)
{
    const json::value* value = object.if_contains(key);
    const json::string* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string{} : std::string(*text);
}

/// Why the rule of a service refuses a person who was explained; empty: it admits them, or there is none.
std::string refusal_of(const json::object& explained, std::string_view service)
{
    const json::value* services = explained.if_contains("services");
    const json::array* list = services == nullptr ? nullptr : services->if_array();
    if (list == nullptr)
        return {};
    for (const json::value& item : *list) {
        const json::object* one = item.if_object();
        if (one == nullptr || text_at(*one, "service") != service)
            continue;
        const json::value* admitted = one->if_contains("admitted");
        const bool refused = admitted != nullptr && admitted->is_bool() && !admitted->get_bool();
        return refused ? text_at(*one, "reason") : std::string{};
    }
    return {};
}

/// authd answers a question that it cannot serve with the reason's word first: "unknown-person: detail".
bool names_refusal(std::string_view word)
{
    for (auto reason = Reason::unknown_person; !is_outage(reason);
         reason = static_cast<Reason>(static_cast<std::uint8_t>(reason) + 1))
        if (word == name_of(reason))
            return true;
    return false;
}

Standing not_explained(const Error& error)
{
    const std::string word = error.text.substr(0, error.text.find(':'));
    if (error.kind == ErrorKind::invalid && names_refusal(word))
        return {.kind = Standing::Kind::refuses, .reason = word};
    return {.kind = Standing::Kind::unavailable, .reason = error.text};
}

} // namespace

std::string_view name_of(Outcome outcome)
{
    switch (outcome) {
    case Outcome::same: return "same";
    case Outcome::differs: return "differs";
    case Outcome::not_compared: return "not-compared";
    case Outcome::not_repeated: return "not-repeated";
    case Outcome::unavailable: break;
    }
    return "unavailable";
}

Standing standing_of(const Result<json::value>& explained, std::string_view service)
{
    if (!explained)
        return not_explained(explained.error());
    const json::object* told = explained->if_object();
    const json::value* person = told == nullptr ? nullptr : told->if_contains("person");
    if (person == nullptr || !person->is_object())
        return {.kind = Standing::Kind::unavailable, .reason = "authd explains a person in a form that is not known"};
    Standing standing{
        .kind = Standing::Kind::admits, .realm = text_at(*told, "realm"), .id = text_at(person->get_object(), "id")};
    const std::string account = text_at(*told, "standing");
    standing.reason = account == name_of(Reason::granted) ? refusal_of(*told, service) : account;
    if (!standing.reason.empty())
        standing.kind = Standing::Kind::refuses;
    return standing;
}

std::optional<Finding> without_password(Old old, const Standing& standing)
{
    switch (standing.kind) {
    case Standing::Kind::unavailable:
        return Finding{.outcome = Outcome::unavailable, .ours = "unavailable", .reason = standing.reason};
    case Standing::Kind::refuses:
        return Finding{
            .outcome = old == Old::no ? Outcome::same : Outcome::differs, .ours = "denied", .reason = standing.reason};
    case Standing::Kind::admits: break;
    }
    if (old == Old::no)
        return Finding{.outcome = Outcome::not_compared, .reason = "would-admit-with-the-right-password"};
    return {};
}

Finding with_password(const Result<Answer>& answer)
{
    if (!answer)
        return {.outcome = Outcome::unavailable, .ours = "unavailable", .reason = answer.error().text};
    switch (answer->outcome) {
    case Answer::Outcome::granted: return {.outcome = Outcome::same, .ours = "granted", .reason = answer->reason};
    case Answer::Outcome::denied: return {.outcome = Outcome::differs, .ours = "denied", .reason = answer->reason};
    case Answer::Outcome::unavailable: break;
    }
    return {.outcome = Outcome::unavailable, .ours = "unavailable", .reason = answer->reason};
}

bool may_repeat(const Result<Answer>& answer)
{
    if (!answer)
        return false; // it may have been tried before authd was lost
    switch (answer->outcome) {
    case Answer::Outcome::granted: return true;
    case Answer::Outcome::denied: return answer->password_right;
    case Answer::Outcome::unavailable: break;
    }
    return answer->server.empty(); // else a server was asked, and may have counted what it did not answer
}

} // namespace gatehouse::shadow
