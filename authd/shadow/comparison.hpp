#pragma once

#include "base/result.hpp"
#include "client/login.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Two daemons asked the same: the old saslauthd's answer beside what authd says. No I/O here.
namespace gatehouse::shadow
{

/// What the old daemon said. An outage of it is compared with nothing.
enum class Old : std::uint8_t { ok, no };

/// What authd says of a login before it is shown a password.
struct Standing {
    enum class Kind : std::uint8_t {
        admits,      ///< with the right password
        refuses,     ///< whatever the password: nobody is meant, or the account or the service refuses
        unavailable, ///< cannot be told
    };
    Kind kind = Kind::unavailable;
    std::string reason{}; ///< name_of(Reason) of a refusal; a sentence where it is unavailable
    std::string realm{};  ///< whose it is
    std::string id{};     ///< Person::id
};

/// Reads what `explain` told, for one service. A service without a rule admits everybody.
Standing standing_of(const Result<boost::json::value>& explained, std::string_view service);

enum class Outcome : std::uint8_t {
    same,
    differs,
    not_compared, ///< the old one refuses, and whether ours would depends on the password, which it is not shown
    not_repeated, ///< ours has refused this password of theirs before, or is trying it now
    unavailable,  ///< ours could not say
};
inline constexpr std::size_t outcomes = 5;
std::string_view name_of(Outcome outcome);

struct Finding {
    Outcome outcome = Outcome::unavailable;
    std::string ours{};   ///< "granted", "denied", "unavailable"; empty: not asked
    std::string reason{}; ///< authd's word, or a sentence where it is unavailable
};

/// What can be said without a password; nothing: authd must be shown it.
std::optional<Finding> without_password(Old old, const Standing& standing);

/// What authd said to a password that the old one had accepted.
Finding with_password(const Result<client::Answer>& answer);

/// May the same password of the same person be tried again? Not where ours has refused it or may have, since each try
/// may count at its directory.
bool may_repeat(const Result<client::Answer>& answer);

} // namespace gatehouse::shadow
