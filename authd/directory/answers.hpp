#pragma once

#include "directory/bind_verdict.hpp"
#include "directory/entry.hpp"
#include "directory/ldap_client.hpp"
#include "identity/directory.hpp"

#include <functional>
#include <optional>
#include <string>

namespace gatehouse::directory
{

// What the directories of this folder do alike.

/// A look-up, with the entry that its person came from.
struct Found {
    Lookup lookup{};
    Entry entry{};
};

/// At most this many entries are fetched for one name: more than one is ambiguous anyway.
inline constexpr std::size_t max_namesakes = 8;

/// One entry is a person, none is nobody, several are ambiguous. `person` makes the person of an entry; nothing when
/// the entry lacks a name.
Found judge_entries(Result<SearchAnswer> answer, const std::function<std::optional<Person>(const Entry&)>& person,
                    Deadline deadline, Trail& trail);

/// A bind with a person's password, judged. On the directory's thread.
Awaitable<PasswordAnswer> bind_as(LdapClient& client, std::string dn, std::string_view password, bool ask_policy,
                                  BindVerdict (*judge)(const BindResponse&), Deadline deadline, Trail& trail);

/// What the attempt of somebody unknown costs: a bind with a DN that no entry has (stranger.hpp). The answer is
/// `unknown_person` whatever becomes of the bind, since the search has answered already.
Awaitable<PasswordAnswer> turn_stranger_away(LdapClient& client, std::string dn, bool ask_policy, Deadline deadline,
                                             Trail& trail);

} // namespace gatehouse::directory
