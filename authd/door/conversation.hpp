#pragma once

#include "identity/credential.hpp"
#include "identity/reason.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gatehouse::door
{

/// One SASL exchange of a multi-step door: picks the mechanism that the listener allows and carries messages to it.
/// Used by one coroutine at a time.
class Conversation
{
public:
    struct Challenge {
        std::string bytes;
    };
    struct Refused { ///< what came cannot become a credential
        Reason reason;
        std::string detail;
    };
    using Step = std::variant<Challenge, Credential, Refused>;

    /// Begins with the client's initial response, if it sent one.
    Step begin(std::string_view mechanism, const std::vector<std::string>& allowed, std::optional<Secret> initial);
    Step next(Secret message);
    bool begun() const { return exchange_ != nullptr; }

private:
    std::unique_ptr<Exchange> exchange_;
};

} // namespace gatehouse::door
