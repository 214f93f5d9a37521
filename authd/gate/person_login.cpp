#include "gate/person_login.hpp"

#include "gate/admission.hpp"

namespace gatehouse::gate
{

PersonLogin::PersonLogin(const Realm& realm, const Memory& memory, const Asked& asked, Trail& trail)
    : realm_(realm),
      memory_(memory),
      asked_(asked),
      trail_(trail),
      mirror_(realm),
      network_(asked.pins.may_assert_address ? network_of(asked.attempt.client_address) : std::string())
{
}

std::optional<Verdict> PersonLogin::find_in_mirror()
{
    const people::People* const people = mirror_.people();
    if (people == nullptr)
        return {};
    const people::People::Found found = people->find(asked_.name);
    if (found.one) {
        known_ = known_person(*people, found.one, wanted_detail());
        return {};
    }
    if (mirror_.is() != MirrorIs::live)
        return {};
    if (!found.several.empty())
        return Verdict::refused(Reason::ambiguous_name, names_of(found));
    if (!people::People::decides(asked_.name))
        return {};
    trail_.source = Source::mirror;
    return Verdict::refused(Reason::unknown_person);
}

Awaitable<std::optional<Verdict>> PersonLogin::find_in_directory()
{
    Lookup lookup = co_await realm_.directory->find(asked_.name, Detail::account, asked_.deadline, trail_);
    switch (lookup.outcome) {
    case Lookup::Outcome::unavailable: co_return Verdict::refused(lookup.reason, std::move(lookup.detail));
    case Lookup::Outcome::ambiguous: co_return Verdict::refused(Reason::ambiguous_name, std::move(lookup.detail));
    case Lookup::Outcome::absent: trail_.source = Source::directory; co_return Verdict::refused(Reason::unknown_person);
    case Lookup::Outcome::found: break;
    }
    // The name may have characters that only the directory compares; the mirror holds the person all the same.
    people::PersonRef stored;
    if (mirror_.is() == MirrorIs::live)
        stored = mirror_.people()->with_id(lookup.person.id);
    if (stored)
        known_ = known_person(*mirror_.people(), stored, wanted_detail());
    else
        known_ = KnownPerson{.person = std::move(lookup.person), .stored = {}, .move = {}};
    co_return std::nullopt;
}

void PersonLogin::look_again()
{
    mirror_ = MirrorView(realm_);
    if (!known_->stored || mirror_.people() == nullptr)
        return;
    if (const auto stored = mirror_.people()->with_id(known_->person.id))
        known_ = known_person(*mirror_.people(), stored, wanted_detail());
}

Detail PersonLogin::wanted_detail() const
{
    return asked_.needs.detail == Detail::groups ? Detail::groups : Detail::account;
}

bool PersonLogin::needs_groups() const
{
    return wanted_detail() == Detail::groups || (asked_.rule != nullptr && !asked_.rule->allow_groups.empty());
}

Verdict PersonLogin::admit_now()
{
    Person& person = known_->person;
    const WallTime now = std::chrono::system_clock::now();
    if (const Reason standing = account_standing(person.state, now); standing != Reason::granted)
        return Verdict::refused(standing, {}, person);
    if (asked_.rule != nullptr && !asked_.rule->allow_groups.empty()) {
        const auto by = first_group_of(*known_, mirror_.people(), asked_.rule->allow_groups);
        if (!by) {
            trail_.step("service " + asked_.attempt.service + ": in none of the groups that it admits");
            return Verdict::refused(Reason::not_admitted, {}, person);
        }
        trail_.step("service " + asked_.attempt.service + ": admitted by group " + *by);
    }
    if (auto fixed = memory_.store.mailbox_of(person.realm, person.id))
        person.mailbox = std::move(*fixed);
    if (asked_.needs.suits)
        if (const auto suits = asked_.needs.suits(person); !suits)
            return Verdict::refused(Reason::no_account, suits.error().text, person);
    if (!network_.empty())
        memory_.store.saw_network(person.realm, person.id, network_, now);
    return Verdict::granted(person, standing_ends(person.state, now));
}

bool PersonLogin::mailbox_is_fixed() const
{
    const Person& person = known_->person;
    return person.id.empty() || memory_.store.mailbox_of(person.realm, person.id);
}

Awaitable<Verdict> PersonLogin::admit()
{
    if (auto refused = co_await complete_groups())
        co_return std::move(*refused);
    Verdict verdict = admit_now();
    if (!verdict.granted() || mailbox_is_fixed())
        co_return verdict;
    if (auto refused = co_await fix_mailbox())
        co_return std::move(*refused);
    co_return admit_now(); // with the mailbox that it will be for ever
}

/// The groups of somebody whom the mirror does not hold. Not knowing them is an outage, never a refusal.
Awaitable<std::optional<Verdict>> PersonLogin::complete_groups()
{
    if (known_->stored || !needs_groups() || known_->person.known >= Detail::groups)
        co_return std::nullopt;
    Lookup lookup = co_await realm_.directory->find(asked_.name, Detail::groups, asked_.deadline, trail_);
    if (lookup.outcome == Lookup::Outcome::found && lookup.person.id == known_->person.id) {
        known_->person.groups = std::move(lookup.person.groups);
        known_->person.known = Detail::groups;
        co_return std::nullopt;
    }
    const bool away = lookup.outcome == Lookup::Outcome::unavailable;
    co_return Verdict::refused(away ? lookup.reason : Reason::directory_unavailable,
                               away ? lookup.detail : "the person could log in but cannot be found", known_->person);
}

/// The mailbox name is fixed at the first grant and never given to anybody else.
Awaitable<std::optional<Verdict>> PersonLogin::fix_mailbox()
{
    const Person& person = known_->person;
    const auto fixed = co_await memory_.store.claim_mailbox(person.realm, person.id, person.mailbox);
    if (!fixed)
        co_return Verdict::refused(Reason::store_unavailable, fixed.error().text, person);
    known_->person.mailbox = *fixed;
    co_return std::nullopt;
}

} // namespace gatehouse::gate
