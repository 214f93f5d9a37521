#include "directory/openldap_ledger.hpp"

#include "directory/openldap_person.hpp"
#include "directory/openldap_records.hpp"
#include "directory/rdn.hpp"
#include "directory/sync_protocol.hpp"

#include "base/text.hpp"

#include <openssl/crypto.h>

#include <algorithm>

namespace gatehouse::directory
{

namespace
{
constexpr std::string_view locked_for_good = "000001010000Z"; // as openldap_person.cpp: told as disabled

/// An id made of the DN.
std::string told_id(std::string_view dn)
{
    return "dn:" + dn_key(dn);
}

void wipe_password(Entry& entry)
{
    for (Attribute& attribute : entry.attributes)
        if (text::equal_ignoring_case(attribute.name, "userPassword"))
            for (std::string& value : attribute.values)
                OPENSSL_cleanse(value.data(), value.size());
}
} // namespace

std::string OpenLdapLedger::id_of(const Entry& entry)
{
    const std::string_view id = entry.first("entryUUID");
    return id.empty() ? told_id(entry.dn) : std::string(id);
}

OpenLdapLedger::OpenLdapLedger(const OpenLdapSettings& settings)
    : settings_(settings), people_suffix_(member_key(settings.people_base))
{
}

void OpenLdapLedger::start_anew()
{
    people_.clear();
    groups_.clear();
    group_doubts_.start_anew();
    named_.clear();
    unsettled_.clear();
    policies_.clear();
    doubtful_.clear();
    locked_.clear();
    waiting_.clear();
    tellings_.clear();
    last_telling_.clear();
}

void OpenLdapLedger::begin_refresh(Kind kind)
{
    ++refresh_[static_cast<int>(kind)];
}

void OpenLdapLedger::mention(Kind kind, const std::string& id)
{
    if (kind == Kind::person) {
        if (const auto found = people_.find(id); found != people_.end())
            found->second.refresh = refresh_[0];
    } else if (const auto found = groups_.find(id); found != groups_.end()) {
        found->second.refresh = refresh_[1];
    }
}

void OpenLdapLedger::end_refresh(Kind kind)
{
    std::vector<std::string> unmentioned;
    const auto look_through = [&](const auto& told) {
        for (const auto& [id, one] : told)
            if (one.refresh != refresh_[static_cast<int>(kind)])
                unmentioned.push_back(id);
    };
    kind == Kind::person ? look_through(people_) : look_through(groups_);
    for (const std::string& id : unmentioned)
        remove(kind, id);
}

void OpenLdapLedger::take(Kind kind, Entry entry)
{
    if (kind == Kind::person)
        take_person(entry);
    else
        take_group(entry);
    wipe_password(entry);
}

void OpenLdapLedger::take_read(Kind kind, Entry entry)
{
    if (csn_number(entry.first("entryCSN")) >= told_csn(kind, id_of(entry)))
        take(kind, std::move(entry));
}

std::uint64_t OpenLdapLedger::told_csn(Kind kind, const std::string& id) const
{
    if (kind == Kind::person) {
        const auto found = people_.find(id);
        return found == people_.end() ? 0 : found->second.csn;
    }
    const auto found = groups_.find(id);
    return found == groups_.end() ? 0 : found->second.csn;
}

bool OpenLdapLedger::knows(Kind kind, const Entry& entry) const
{
    const std::string id = id_of(entry);
    if (told_csn(kind, id) != csn_number(entry.first("entryCSN")))
        return false;
    if (kind == Kind::person) {
        const auto found = people_.find(id);
        return found != people_.end() && found->second.dn == entry.dn;
    }
    const auto found = groups_.find(id);
    return found != groups_.end() && found->second.key == group_key(settings_, entry.dn);
}

void OpenLdapLedger::take_person(Entry& entry)
{
    const std::string id = id_of(entry);
    const auto policy = policies_.find(policy_of(entry));
    auto record = openldap_person_record(settings_, entry, policy == policies_.end() ? std::nullopt : policy->second);
    if (!record) { // without a name nobody can mean this person
        remove(Kind::person, id);
        return;
    }
    record->person.id = id;
    const auto at = people_.try_emplace(id).first;
    ToldPerson& person = at->second;
    move(person, entry.dn);
    person.csn = csn_number(entry.first("entryCSN"));
    person.refresh = refresh_[0];
    person.locked = entry.first("pwdAccountLockedTime");
    if (person.locked == locked_for_good)
        person.locked.clear();
    person.locked.empty() ? locked_.erase(id) : locked_.insert(id).second;
    person.starts = parse_generalized_time(entry.first("pwdStartTime"));
    if (person.starts && *person.starts <= std::chrono::system_clock::now())
        person.starts.reset();
    person.starts ? waiting_.insert(id).second : waiting_.erase(id);
    link(at->first, person, entry);
    tell(id, std::move(record), {});
}

void OpenLdapLedger::move(ToldPerson& person, const std::string& dn)
{
    if (person.dn == dn)
        return;
    if (!person.dn.empty())
        group_doubts_.left(member_key(person.dn));
    if (!dn.empty())
        group_doubts_.came(dn);
    person.dn = dn;
}

void OpenLdapLedger::link(const std::string& id, ToldPerson& person, const Entry& entry)
{
    unlink(id, person);
    for (const std::string& dn : entry.all("memberOf")) {
        const auto [at, added] = named_.try_emplace(group_key(settings_, dn));
        if (added)
            at->second.dn = dn;
        at->second.people.insert(&id);
        person.member_of.push_back(&at->second);
        if (!at->second.own_record && !at->second.told)
            unsettled_.insert(at->first);
    }
}

void OpenLdapLedger::unlink(const std::string& id, ToldPerson& person)
{
    for (NamedGroup* const group : std::exchange(person.member_of, {})) {
        group->people.erase(&id);
        if (group->people.empty())
            unsettled_.insert(group_key(settings_, group->dn));
    }
}

void OpenLdapLedger::take_group(Entry& entry)
{
    const std::string id = id_of(entry);
    auto record = openldap_group_record(settings_, entry);
    if (!record) {
        remove(Kind::group, id);
        return;
    }
    record->id = id;
    ToldGroup& group = groups_[id];
    const std::string key = group_key(settings_, entry.dn);
    if (!group.key.empty() && group.key != key)
        forget_group(group);
    group = {.key = key, .csn = csn_number(entry.first("entryCSN")), .refresh = refresh_[1]};
    doubt_members(key, &*record);
    if (settings_.groups_base.empty())
        return; // then only memberOf counts, and this entry is no more than a reason to read it again
    NamedGroup& named = named_[key];
    named.dn = entry.dn;
    named.own_record = true;
    if (named.told)
        unsettled_.insert(key);
    group_doubts_.told(id, entry.dn, record->members);
    tell(id, {}, std::move(record));
}

/// Whose memberOf may follow the group's change: who has it and is in the group no more, or never directly was. Where
/// memberOf alone counts, also who has come.
void OpenLdapLedger::doubt_members(const std::string& key, const GroupRecord* now)
{
    std::unordered_set<std::string_view> members;
    if (now != nullptr)
        members.insert(now->members.begin(), now->members.end());
    if (const auto named = named_.find(key); named != named_.end())
        for (const std::string* const id : named->second.people) {
            const ToldPerson& person = people_.at(*id);
            if (members.erase(member_key(person.dn)) == 0)
                doubt(person.dn);
        }
    if (settings_.groups_base.empty())
        for (const std::string_view member : members)
            if (member.ends_with(',' + people_suffix_))
                doubt(std::string(member));
}

void OpenLdapLedger::forget_group(const ToldGroup& group)
{
    doubt_members(group.key, nullptr);
    group_doubts_.left(group.key);
    if (const auto named = named_.find(group.key); named != named_.end()) {
        named->second.own_record = false;
        unsettled_.insert(group.key);
    }
}

void OpenLdapLedger::remove(Kind kind, const std::string& id)
{
    if (kind == Kind::person) {
        const auto person = people_.find(id);
        if (person == people_.end())
            return;
        unlink(person->first, person->second);
        move(person->second, {});
        people_.erase(person);
        locked_.erase(id);
        waiting_.erase(id);
    } else {
        const auto group = groups_.find(id);
        if (group == groups_.end())
            return;
        forget_group(group->second);
        groups_.erase(group);
        group_doubts_.gone(id);
        if (settings_.groups_base.empty())
            return;
    }
    tell(id, {}, {});
}

std::string OpenLdapLedger::policy_of(const Entry& person) const
{
    const std::string_view own = person.first("pwdPolicySubentry");
    return dn_key(own.empty() ? std::string_view(settings_.policy_dn) : own);
}

std::optional<std::string> OpenLdapLedger::missing_policy(const Entry& person) const
{
    std::string dn = policy_of(person);
    return dn.empty() || policies_.contains(dn) ? std::nullopt : std::optional(std::move(dn));
}

bool OpenLdapLedger::learn_policy(const std::string& dn, std::optional<PasswordPolicy> policy)
{
    const auto [at, added] = policies_.try_emplace(dn_key(dn), policy);
    if (added)
        return false;
    return std::exchange(at->second, policy) != policy;
}

std::vector<std::string> OpenLdapLedger::policies() const
{
    std::vector<std::string> dns;
    for (const auto& [dn, policy] : policies_)
        dns.push_back(dn);
    return dns;
}

std::optional<PasswordPolicy> OpenLdapLedger::default_policy() const
{
    const auto found = policies_.find(dn_key(settings_.policy_dn));
    return found == policies_.end() ? std::nullopt : found->second;
}

void OpenLdapLedger::settle()
{
    std::set<std::string> nameless;
    for (const std::string& key : std::exchange(unsettled_, {})) {
        const auto found = named_.find(key);
        if (found == named_.end())
            continue;
        NamedGroup& group = found->second;
        const bool wanted = !group.people.empty() && !group.own_record;
        if (wanted && group.name.empty() && !group.searched) {
            const Rdn rdn = first_rdn(group.dn);
            if (text::equal_ignoring_case(rdn.attribute, settings_.group_name_attribute))
                group.name = rdn.value;
            else
                nameless.insert(key);
        }
        if (wanted && !group.told && !group.name.empty()) {
            group.told = true;
            tell(told_id(group.dn), {},
                 GroupRecord{.id = told_id(group.dn), .name = group.name, .dn = group.dn, .keys = {key}});
        } else if (!wanted && group.told) {
            group.told = false;
            tell(told_id(group.dn), {}, {});
        }
        if (group.people.empty() && !group.own_record)
            named_.erase(found);
    }
    unsettled_ = std::move(nameless);
}

std::vector<std::string> OpenLdapLedger::nameless_groups() const
{
    std::vector<std::string> dns;
    for (const std::string& key : unsettled_)
        if (const auto found = named_.find(key); found != named_.end())
            dns.push_back(found->second.dn);
    return dns;
}

void OpenLdapLedger::learn_name(const std::string& dn, std::string name)
{
    if (const auto found = named_.find(group_key(settings_, dn)); found != named_.end()) {
        found->second.name = std::move(name);
        found->second.searched = true;
    }
}

std::vector<std::string> OpenLdapLedger::due_again()
{
    const WallTime now = std::chrono::system_clock::now();
    for (const std::string& id : waiting_)
        if (const ToldPerson& person = people_.at(id); *person.starts <= now)
            doubtful_.try_emplace(person.dn, 1);
    return due_now(doubtful_);
}

void OpenLdapLedger::compare_locks(const std::map<std::string, std::string>& locked)
{
    std::map<std::string, std::string> unsaid = locked;
    for (const std::string& id : locked_) {
        const ToldPerson& person = people_.at(id);
        const auto found = unsaid.find(person.dn);
        if (found == unsaid.end() || found->second != person.locked)
            doubtful_.try_emplace(person.dn, 1);
        if (found != unsaid.end() && found->second == person.locked)
            unsaid.erase(found);
    }
    for (const auto& [dn, since] : unsaid)
        doubtful_.try_emplace(dn, 1);
}

void OpenLdapLedger::tell(std::string id, std::optional<PersonRecord> person, std::optional<GroupRecord> group)
{
    last_telling_[id] = tellings_.size();
    tellings_.push_back({std::move(id), std::move(person), std::move(group)});
}

Changes OpenLdapLedger::collect()
{
    Changes changes;
    for (std::size_t i = 0; i < tellings_.size(); ++i) {
        Telling& telling = tellings_[i];
        if (last_telling_[telling.id] != i)
            continue; // said better later
        if (telling.person)
            changes.people.push_back(*std::move(telling.person));
        else if (telling.group)
            changes.groups.push_back(*std::move(telling.group));
        else
            changes.gone.push_back(std::move(telling.id));
    }
    tellings_.clear();
    last_telling_.clear();
    return changes;
}

} // namespace gatehouse::directory
