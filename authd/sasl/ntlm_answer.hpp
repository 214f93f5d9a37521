#pragma once

#include "base/blocking_pool.hpp"
#include "identity/challenge_answer.hpp"
#include "identity/gss.hpp"

#include <memory>
#include <string>

namespace gatehouse::sasl
{

/// The last message of an NTLM exchange, kept until the gate wants it judged: winbind is asked for that.
class NtlmAnswer final : public ChallengeAnswer
{
public:
    /// `context` has sent its challenge. `login`: whom the message claims to be. `blocking` outlives every call.
    NtlmAnswer(std::shared_ptr<GssContext> context, std::string token, BlockingPool& blocking)
        : context_(std::move(context)), token_(std::move(token)), blocking_(blocking)
    {
    }

    Awaitable<Judged> judge(Deadline deadline) override;

private:
    std::shared_ptr<GssContext> context_;
    std::string token_;
    BlockingPool& blocking_;
};

} // namespace gatehouse::sasl
