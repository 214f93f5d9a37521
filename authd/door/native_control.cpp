// What administrators ask of the daemon over a native listener with `may_control`.
#include "door/native_session.hpp"

#include "base/log.hpp"
#include "door/session_control.hpp"
#include "gate/admission.hpp"
#include "gate/shared_kicks.hpp"

namespace gatehouse::door
{

namespace
{
/// For `explain`: which services of the configuration admit this person, and by which group.
boost::json::array services_of(const gate::ServiceRules& rules, const Person& person)
{
    boost::json::array services;
    for (const auto& [name, rule] : rules) {
        const gate::Admission admission = gate::admit(person, &rule);
        services.push_back({{"service", name},
                            {"admitted", admission.admitted},
                            {"reason", name_of(admission.admitted ? Reason::granted : Reason::not_admitted)},
                            {"by", admission.by}});
    }
    return services;
}
} // namespace

Awaitable<void> NativeSession::serve_control(wire::NativeControl request)
{
    using Operation = wire::NativeControl::Operation;
    Result<boost::json::object> result = boost::json::object{};
    if (request.operation == Operation::status) {
        result = control_.status();
    } else if (request.operation == Operation::explain) {
        result = co_await explain(std::move(request.login));
    } else if (request.operation == Operation::shield) {
        result->emplace("people", gate_.memory().shield.report());
    } else if (request.operation == Operation::shield_clear) {
        result = co_await clear_shield(std::move(request.login));
    } else if (request.operation == Operation::sessions) {
        result = co_await list_sessions(std::move(request.login), request.after);
    } else if (request.operation == Operation::kick) {
        result = co_await kick(std::move(request.login));
    } else {
        const auto reloaded = co_await control_.reload();
        if (reloaded)
            result->emplace("message", *reloaded);
        else
            result = std::unexpected(reloaded.error());
    }
    stream_.send_soon(result ? wire::format_native_result(request.id, *result)
                             : wire::format_native_error(request.id, result.error().text));
}

/// Forgets what the shield counted of a person, and which passwords of theirs are known to be wrong.
Awaitable<Result<boost::json::object>> NativeSession::clear_shield(std::string login)
{
    Trail trail;
    const Deadline answer_by = Clock::now() + peer_.settings->limits.login;
    const gate::Located located =
        co_await gate_.locate(std::move(login), peer_.pins, Detail::account, answer_by, trail);
    if (located.reason != Reason::granted)
        co_return std::unexpected(not_located(located));
    const bool counted = gate_.memory().shield.clear(located.realm, located.person.id);
    gate_.memory().store.forget_attempts(located.realm, located.person.id); // at the other nodes, too
    const bool remembered = gate_.memory().proofs.forget({located.realm, located.person.id});
    co_return boost::json::object{{"name", located.person.name}, {"cleared", counted || remembered}};
}

/// Who has sessions open; `login` empty: everybody.
Awaitable<Result<boost::json::object>> NativeSession::list_sessions(std::string login, std::uint64_t after)
{
    gate::LiveSessions& sessions = gate_.memory().sessions;
    if (login.empty())
        co_return list_of(sessions, {}, after);
    Trail trail;
    const Deadline answer_by = Clock::now() + peer_.settings->limits.login;
    const auto whom =
        whose_sessions(co_await gate_.locate(login, peer_.pins, Detail::account, answer_by, trail), login);
    if (!whom)
        co_return std::unexpected(whom.error());
    co_return list_of(sessions, *whom, after);
}

Awaitable<Result<boost::json::object>> NativeSession::kick(std::string login)
{
    Trail trail;
    const Deadline answer_by = Clock::now() + peer_.settings->limits.login;
    const gate::Located located = co_await gate_.locate(login, peer_.pins, Detail::account, answer_by, trail);
    const auto whom = whose_sessions(located, login);
    if (!whom)
        co_return std::unexpected(whom.error());
    const std::size_t ended = gate_.memory().sessions.kick(*whom);
    co_await gate::SharedKicks::tell(gate_.memory().store, *whom);
    if (ended == 0 && located.reason != Reason::granted)
        co_return std::unexpected(not_located(located));
    log::info("kick: {} ({}): {} sessions, by uid {} at listener {}", whom->name, located.realm, ended, peer_.uid,
              peer_.pins->listener);
    co_return boost::json::object{{"name", whom->name}, {"ended", ended}};
}

Awaitable<Result<boost::json::object>> NativeSession::explain(std::string login)
{
    Trail trail{.server = {}, .keep_steps = true, .steps = {}};
    const Deadline answer_by = Clock::now() + peer_.settings->limits.login;
    const gate::Located located = co_await gate_.locate(std::move(login), peer_.pins, Detail::groups, answer_by, trail);
    if (located.reason != Reason::granted)
        co_return std::unexpected(not_located(located));
    boost::json::array steps(trail.steps.begin(), trail.steps.end());
    co_return boost::json::object{
        {"realm", located.realm},
        {"person", wire::native_person_in_full(located.person)},
        {"standing", name_of(gate::account_standing(located.person.state, std::chrono::system_clock::now()))},
        {"services", services_of(gate_.rules()->services, located.person)},
        {"steps", std::move(steps)},
    };
}

} // namespace gatehouse::door
