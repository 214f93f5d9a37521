#pragma once

#include "base/result.hpp"
#include "gate/live_sessions.hpp"
#include "gate/locate.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace gatehouse::door
{

// What administrators ask about live sessions over a native listener with `may_control`.

/// Whose sessions are meant by a login name that was looked for. Somebody who is gone, or whom a directory that is away
/// cannot name, is meant by the name that their sessions have. Error: the name means nobody, or several.
Result<gate::Whom> whose_sessions(const gate::Located& located, const std::string& login);

/// {"sessions": [...], "next": N}: as many as a line holds, from behind number `after`; no "next" at their end.
boost::json::object list_of(const gate::LiveSessions& sessions, const gate::Whom& whom, std::uint64_t after);

/// Why `login` means nobody, for the administrator.
Error not_located(const gate::Located& located);

} // namespace gatehouse::door
