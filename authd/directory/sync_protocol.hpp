#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::directory
{

// The values of the content synchronization operation, RFC 4533 section 2; BER is left to liblber.

inline constexpr std::string_view sync_request_oid = "1.3.6.1.4.1.4203.1.9.1.1";
inline constexpr std::string_view sync_state_oid = "1.3.6.1.4.1.4203.1.9.1.2";
inline constexpr std::string_view sync_info_oid = "1.3.6.1.4.1.4203.1.9.1.4";

/// Section 2.2: refreshAndPersist; an empty `cookie` asks for everything.
std::string sync_request(std::string_view cookie);

/// Section 2.3: what an entry's control says.
struct SyncState {
    enum class State { present, add, modify, remove };

    State state = State::add;
    std::string id; ///< entryUUID as text
    std::optional<std::string> cookie;
};

/// Section 2.5: what a message between entries says.
struct SyncInfo {
    enum class Kind { new_cookie, refresh_delete, refresh_present, id_set };

    Kind kind = Kind::new_cookie;
    std::optional<std::string> cookie;
    bool refresh_done = true;     ///< of refresh_delete and refresh_present
    bool refresh_deletes = false; ///< of id_set: the ids are gone, else they are present
    std::vector<std::string> ids; ///< of id_set: entryUUIDs as text
};

/// Error: `invalid` when the value does not parse.
Result<SyncState> parse_sync_state(std::string_view value);
Result<SyncInfo> parse_sync_info(std::string_view value);

/// RFC 4530: an entryUUID's 16 bytes in the form of its attribute's values. Empty for any other number of bytes.
std::string entry_uuid(std::string_view bytes);

/// An entryCSN ("time#count#server#modification") as a number that grows with it; 0 when it is none.
std::uint64_t csn_number(std::string_view csn);

/// True when a cookie of slapd ("rid=...,csn=A;B") tells that everything up to `csns`, the values of contextCSN, has
/// been said. Of each server that takes changes (the third part of a CSN) the newest counts.
bool cookie_covers(std::string_view cookie, const std::vector<std::string>& csns);

} // namespace gatehouse::directory
