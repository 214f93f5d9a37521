#pragma once

#include "support/connection.hpp"

#include <functional>
#include <string>

namespace gatehouse::integration
{

/// A client of one exchange. `answer` makes a message of each challenge; the first call, with an empty one, makes the
/// initial response. It may throw std::runtime_error where the challenge is of no use to it.
struct SaslClient {
    std::string mechanism{};
    std::function<std::string(const std::string& challenge)> answer{};
    std::string certificate_name{}; ///< of a client certificate that Dovecot has verified; empty: none
};

/// Plays exchanges at a Dovecot door in which one message after the other is cut, changed, made longer, emptied and
/// replaced by noise, several times each. Whoever is let in must be `person`, since a change may leave a message as
/// good as it was; noise lets in nobody. In the end an undamaged exchange must be granted after `settle`.
void check_damage_at_each_step(
    const Place& door, const std::string& person, const std::function<SaslClient()>& new_client,
    const std::function<void()>& settle = [] {});

} // namespace gatehouse::integration
