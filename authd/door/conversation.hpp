#pragma once

#include "base/async.hpp"
#include "base/blocking_pool.hpp"
#include "door/settings.hpp"
#include "identity/exchange.hpp"
#include "identity/reason.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace gatehouse::door
{

/// One SASL exchange of a multi-step door: picks the mechanism that the listener allows and carries messages to it.
/// Used by one coroutine at a time, which stays on its worker.
class Conversation
{
public:
    struct Challenge {
        std::string bytes;
    };
    struct Finished {
        Credential credential;
        std::string last{}; ///< what the client must still be sent if it is granted; empty: nothing
    };
    struct Refused { ///< what came cannot become a credential
        Reason reason;
        std::string detail;
        std::string login{}; ///< whom the client claimed to be; empty: not known
    };
    using Step = std::variant<Challenge, Finished, Refused>;

    /// `compute` runs the steps that a worker must not wait for; it outlives every session.
    explicit Conversation(BlockingPool& compute) : compute_(compute) {}

    /// Begins with the client's initial response, if it sent one. `channel`: what the caller tells of the client's
    /// connection.
    Awaitable<Step> begin(std::string_view mechanism, const ListenerSettings& listener, const ExchangeMeans& means,
                          Channel channel, std::optional<Secret> initial);
    Awaitable<Step> next(Secret message);

private:
    BlockingPool& compute_;
    Awaitable<Step> compute(Secret message);
    Awaitable<Step> wait_for(Secret message);

    BlockingPool* blocking_ = nullptr;
    std::chrono::milliseconds limit_{0};
    std::shared_ptr<Exchange> exchange_; // a step that is late outlives this
};

} // namespace gatehouse::door
