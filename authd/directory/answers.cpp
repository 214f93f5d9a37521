#include "directory/answers.hpp"

#include "directory/stranger.hpp"

namespace gatehouse::directory
{

Found judge_entries(Result<SearchAnswer> answer, const std::function<std::optional<Person>(const Entry&)>& person,
                    Deadline deadline, Trail& trail)
{
    const std::string at = "searched " + trail.server + ": ";
    if (!answer) {
        trail.step(at + answer.error().text);
        return {{.outcome = Lookup::Outcome::unavailable,
                 .detail = answer.error().text,
                 .reason = outage_of(answer.error(), deadline)}};
    }
    if (answer->entries.empty()) {
        trail.step(at + "found nobody");
        return {{.outcome = Lookup::Outcome::absent}};
    }
    if (answer->entries.size() > 1) {
        std::string all;
        for (const Entry& entry : answer->entries)
            all += (all.empty() ? "" : "; ") + entry.dn;
        trail.step(at + "found several: " + all);
        return {{.outcome = Lookup::Outcome::ambiguous, .detail = std::move(all)}};
    }
    Found found{{}, std::move(answer->entries.front())};
    trail.step(at + "found " + found.entry.dn);
    auto somebody = person(found.entry);
    if (!somebody) {
        found.lookup = {.outcome = Lookup::Outcome::unavailable,
                        .detail = found.entry.dn + " has no name that the account that searches may read"};
        return found;
    }
    found.lookup.outcome = Lookup::Outcome::found;
    found.lookup.person = std::move(*somebody);
    return found;
}

Awaitable<PasswordAnswer> bind_as(LdapClient& client, std::string dn, std::string_view password, bool ask_policy,
                                  BindVerdict (*judge)(const BindResponse&), Deadline deadline, Trail& trail)
{
    const auto response = co_await client.bind(dn, password, ask_policy, deadline, trail);
    if (!response) {
        if (trail.keep_steps)
            trail.step("bound as " + dn + ": " + response.error().text);
        co_return PasswordAnswer{outage_of(response.error(), deadline), response.error().text};
    }
    BindVerdict verdict = judge(*response);
    if (trail.keep_steps)
        trail.step("bound as " + dn + " at " + trail.server + ": " +
                   (verdict.reason == Reason::granted ? "accepted" : std::string(name_of(verdict.reason))) +
                   (verdict.detail.empty() ? "" : " (" + verdict.detail + ')'));
    co_return PasswordAnswer{
        .reason = verdict.reason, .detail = std::move(verdict.detail), .unproven = verdict.unproven};
}

Awaitable<PasswordAnswer> turn_stranger_away(LdapClient& client, std::string dn, bool ask_policy, Deadline deadline,
                                             Trail& trail)
{
    const auto response = co_await client.bind(dn, stranger_password, ask_policy, deadline, trail);
    if (!response && trail.keep_steps)
        trail.step("bound as nobody: " + response.error().text);
    // Whatever came of it, the search has said that nobody has this name.
    co_return PasswordAnswer{Reason::unknown_person, "no entry has this name"};
}

} // namespace gatehouse::directory
