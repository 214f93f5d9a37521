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
/// Lives on one worker.
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

    /// Begins with the client's initial response, if it sent one. `channel`: what the caller tells of the client's
    /// connection. Nothing: another program must be asked, `ask` it.
    std::optional<Step> begin(std::string_view mechanism, const ListenerSettings& listener, const ExchangeMeans& means,
                              Channel channel, std::optional<Secret> initial);
    /// The client's next message. Nothing: as above.
    std::optional<Step> next(Secret message);
    /// The step that `begin` or `next` left.
    Awaitable<Step> ask();

private:
    BlockingPool* blocking_ = nullptr;
    Secret left_;
    std::chrono::milliseconds limit_{0};
    std::shared_ptr<Exchange> exchange_; // a step that is late outlives this
};

} // namespace gatehouse::door
