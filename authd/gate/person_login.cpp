#include "gate/person_login.hpp"

#include "gate/admission.hpp"

namespace gatehouse::gate
{

namespace
{
/// Then the address is the mail edge's, from which everybody comes: nothing is learned of the person's networks.
bool comes_through_edge(const Attempt& attempt)
{
    return std::holds_alternative<StoreSecretCredential>(attempt.credential);
}
} // namespace

Verdict refused_by(const PasswordAnswer& answer, std::optional<Person> person)
{
    Verdict refused = Verdict::refused(answer.reason, answer.detail, std::move(person));
    return answer.unproven ? std::move(refused).unproven() : std::move(refused);
}

PersonLogin::PersonLogin(const Realm& realm, const Memory& memory, const Asked& asked, Trail& trail)
    : realm_(realm),
      memory_(memory),
      asked_(asked),
      trail_(trail),
      mirror_(realm),
      network_(asked.pins.may_assert_address && !comes_through_edge(asked.attempt)
                   ? network_of(asked.attempt.client_address)
                   : std::string())
{
}

std::optional<Verdict> PersonLogin::find_in_mirror()
{
    const people::People* const people = mirror_.people();
    if (people == nullptr)
        return {};
    const people::People::Found found = people->find(asked_.name);
    if (found.one) {
        known_ = known_person(*people, found.one, described_detail());
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
        known_ = known_person(*mirror_.people(), stored, described_detail());
    else
        known_ = KnownPerson{.person = std::move(lookup.person), .stored = {}, .move = {}};
    co_return std::nullopt;
}

Shield::Attempt PersonLogin::shield_attempt() const
{
    const Person& person = known_->person;
    const bool known_network = !network_.empty() && memory_.store.knows_network(person.realm, person.id, network_,
                                                                                std::chrono::system_clock::now());
    return {.realm = person.realm,
            .id = person.id,
            .name = person.name,
            .network = network_,
            .address = network_.empty() ? std::string_view() : asked_.attempt.client_address,
            .service = asked_.attempt.service,
            .known_network = known_network};
}

void PersonLogin::look_again()
{
    mirror_ = MirrorView(realm_);
    if (!known_->stored || mirror_.people() == nullptr)
        return;
    if (const auto stored = mirror_.people()->with_id(known_->person.id))
        known_ = known_person(*mirror_.people(), stored, described_detail());
}

/// Of the mirror's person: its groups are asked for one by one, so all of them are wanted by doors alone.
Detail PersonLogin::described_detail() const
{
    return asked_.needs.detail == Detail::groups ? Detail::groups : Detail::account;
}

bool PersonLogin::needs_groups() const
{
    return asked_.needs.detail == Detail::groups || (asked_.rule != nullptr && !asked_.rule->allow_groups.empty());
}

bool PersonLogin::knows_enough() const
{
    return known_->stored || known_->person.known >= wanted_detail();
}

/// By the account's state and the service's groups. Nothing: neither refuses.
std::optional<Verdict> PersonLogin::refusal(WallTime now)
{
    if (const Reason standing = account_standing(known_->person.state, now); standing != Reason::granted)
        return Verdict::refused(standing, {}, std::move(known_->person));
    const std::string& service = asked_.attempt.service;
    if (asked_.rule == nullptr || asked_.rule->allow_groups.empty()) {
        trail_.step("service ", service, ": admitted");
        return {};
    }
    if (const auto by = first_group_of(*known_, mirror_.people(), asked_.rule->allow_groups.of(known_->person.realm))) {
        trail_.step("service ", service, ": admitted by group ", *by);
        return {};
    }
    trail_.step("service ", service, ": in none of the groups that it admits");
    return Verdict::refused(Reason::not_admitted, {}, std::move(known_->person));
}

/// To somebody with the right mailbox name, if what the door needs is there.
Verdict PersonLogin::grant(WallTime now)
{
    Person& person = known_->person;
    if (asked_.needs.suits)
        if (const auto suits = asked_.needs.suits(person); !suits)
            return Verdict::refused(Reason::no_account, suits.error().text, std::move(person));
    if (!network_.empty() && !person.id.empty())
        memory_.store.saw_network(person.realm, person.id, network_, now);
    const auto ends = standing_ends(person.state, now);
    return Verdict::granted(std::move(person), ends);
}

std::optional<Verdict> PersonLogin::admit_now()
{
    const WallTime now = std::chrono::system_clock::now();
    if (auto refused = refusal(now))
        return refused;
    Person& person = known_->person;
    if (!person.id.empty()) { // else only a bind has named them, and their mailbox is what they are called
        auto fixed = memory_.store.mailbox_of(person.realm, person.id);
        if (!fixed)
            return {};
        person.mailbox = std::move(*fixed);
    }
    return grant(now);
}

Awaitable<Verdict> PersonLogin::admit()
{
    if (!knows_enough())
        if (auto refused = co_await complete())
            co_return std::move(*refused);
    if (auto decided = admit_now())
        co_return std::move(*decided);
    if (auto refused = co_await fix_mailbox())
        co_return std::move(*refused);
    co_return grant(std::chrono::system_clock::now());
}

/// Asks for more of somebody whom the mirror does not hold. Not knowing it is an outage, never a refusal.
Awaitable<std::optional<Verdict>> PersonLogin::complete()
{
    Person& known = known_->person;
    Lookup lookup = co_await realm_.directory->find(asked_.name, wanted_detail(), asked_.deadline, trail_);
    const bool same = known.id.empty() || lookup.person.id == known.id;
    if (lookup.outcome != Lookup::Outcome::found || !same) {
        const bool away = lookup.outcome == Lookup::Outcome::unavailable;
        co_return Verdict::refused(away ? lookup.reason : Reason::directory_unavailable,
                                   away ? lookup.detail : "the person could log in but cannot be found", known);
    }
    if (known.known < Detail::account) {
        known = std::move(lookup.person);
    } else { // what a bind has said of the state is newer
        known.groups = std::move(lookup.person.groups);
        known.known = Detail::groups;
    }
    co_return std::nullopt;
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
