#include "gate/ticket_person.hpp"

#include "kerberos/foreign_names.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace gatehouse::gate
{

namespace
{
using Found = std::expected<TicketPerson, Verdict>;

bool allowed(const Pins& pins, const RealmNames& realm)
{
    return pins.realms.empty() || pins.realms.contains(realm.realm);
}

/// Kerberos tells capital letters from small ones, and directories do not: `Alice` may be somebody else. What qualifies
/// a name elsewhere is no part of one here.
bool is_certain(std::string_view name)
{
    const auto certain = [](char c) {
        return c > ' ' && c <= '~' && (c < 'A' || c > 'Z') && c != '@' && c != '/' && c != '\\';
    };
    return !name.empty() && std::ranges::all_of(name, certain);
}

LoginName short_name(const std::string& name)
{
    return {.form = LoginName::Form::plain, .given = name, .user = name, .qualifier = {}};
}

/// Somebody of the realm that has the ticket's Kerberos realm.
Found own_person(const Rules& rules, const RealmNames& realm, const TicketCredential& ticket)
{
    // Active Directory tells its people apart by SID: a principal may be renamed, or made to look like another's. A SID
    // of another domain, which a trusted one could claim, is nobody's in this realm's directory.
    if (rules.realm_of(realm).directory->kind() == "active-directory") {
        if (ticket.sid.empty())
            return std::unexpected(Verdict::refused(Reason::ticket_without_pac));
        return TicketPerson{&realm, name_of_sid(ticket.sid)};
    }
    if (!is_certain(ticket.name))
        return std::unexpected(Verdict::refused(
            Reason::unknown_person, "the principal is not one component of small letters, digits and signs"));
    return TicketPerson{&realm, short_name(ticket.name)};
}

/// Somebody of a realm whose rules make a name of the foreign principal.
Found foreign_person(const Rules& rules, const Pins& pins, const TicketCredential& ticket)
{
    std::vector<TicketPerson> meant;
    for (const RealmNames& realm : rules.names)
        if (const auto& names = rules.realm_of(realm).foreign_names)
            if (auto name = names->name_of(ticket.login))
                meant.push_back({&realm, short_name(*name)});
    if (meant.empty())
        return std::unexpected(Verdict::refused(Reason::unknown_realm));
    std::erase_if(meant, [&](const TicketPerson& each) { return !allowed(pins, *each.realm); });
    if (meant.empty())
        return std::unexpected(Verdict::refused(Reason::realm_not_allowed));
    if (meant.size() > 1)
        return std::unexpected(Verdict::refused(Reason::ambiguous_name,
                                                "auth_to_local of realm " + meant[0].realm->realm + " and of realm " +
                                                    meant[1].realm->realm + " map the principal"));
    if (!is_certain(meant.front().name.user))
        return std::unexpected(
            Verdict::refused(Reason::unknown_person,
                             "auth_to_local makes \"" + meant.front().name.user +
                                 "\" of the principal, which is not a short name of small letters, digits and signs"));
    return std::move(meant.front());
}
} // namespace

std::expected<TicketPerson, Verdict> person_of_ticket(const Rules& rules, const Pins& pins,
                                                      const TicketCredential& ticket)
{
    std::vector<const RealmNames*> realms;
    for (const RealmNames& realm : rules.names)
        if (!realm.kerberos_realm.empty() && realm.kerberos_realm == ticket.kerberos_realm)
            realms.push_back(&realm);
    if (realms.empty())
        return foreign_person(rules, pins, ticket);
    if (realms.size() > 1)
        std::erase_if(realms, [&](const RealmNames* each) { return !rules.realm_of(*each).takes_tickets; });
    if (realms.size() != 1)
        return std::unexpected(Verdict::refused(
            Reason::unknown_realm, "several realms have the ticket's Kerberos realm, and none takes tickets"));
    if (!allowed(pins, *realms.front()))
        return std::unexpected(Verdict::refused(Reason::realm_not_allowed));
    return own_person(rules, *realms.front(), ticket);
}

} // namespace gatehouse::gate
