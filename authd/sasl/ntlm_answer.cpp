#include "sasl/ntlm_answer.hpp"

#include "base/pool_call.hpp"

#include <utility>

namespace gatehouse::sasl
{

namespace
{
ChallengeAnswer::Judged judged(GssContext::Step step)
{
    if (auto* failed = std::get_if<GssContext::Failed>(&step))
        return {.reason = failed->reason, .why = std::move(failed->why)};
    auto* const established = std::get_if<GssContext::Established>(&step);
    if (established == nullptr)
        return {.reason = Reason::malformed_credential, .why = "the client did not end the exchange where it had to"};
    auto* const person = std::get_if<NtlmPerson>(&established->client);
    if (person == nullptr)
        return {.reason = Reason::internal, .why = "the context that NTLM began is another mechanism's"};
    return {.reason = Reason::granted, .why = {}, .sid = std::move(person->sid), .last = std::move(established->token)};
}
} // namespace

Awaitable<ChallengeAnswer::Judged> NtlmAnswer::judge(Deadline deadline)
{
    auto step = co_await call_or_leave(
        blocking_, [context = std::move(context_), token = std::move(token_)] { return context->step(token); },
        deadline);
    if (!step)
        co_return Judged{.reason = step.error().error.kind == ErrorKind::limit ? Reason::overloaded : Reason::deadline,
                         .why = "winbind: " + step.error().error.text,
                         .may_count = step.error().began};
    co_return judged(std::move(*step));
}

} // namespace gatehouse::sasl
