#include "directory/local_people.hpp"

#include "base/text.hpp"
#include "base/yaml_reader.hpp"
#include "directory/password_digest.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <set>

namespace gatehouse::directory
{

using yaml::Fields;
using yaml::Value;

namespace
{
constexpr std::size_t largest_file = 4 * 1024 * 1024; // about 15,000 people
constexpr std::uint32_t highest_id = 4'294'967'294;

/// A short name becomes part of login names, mailbox names and paths.
bool is_short_name(const std::string& name)
{
    return name.find_first_of("@\\/ ") == std::string::npos && name != "." && name != "..";
}

std::optional<std::string> read_name(Fields& fields)
{
    const auto value = fields.require("name");
    const auto name = value ? value->text() : std::nullopt;
    if (!name)
        return std::nullopt;
    if (!is_short_name(*name)) {
        value->fault("expected a name without '@', '\\', '/' and blanks, found \"" + *name + "\"");
        return std::nullopt;
    }
    return text::lower(*name);
}
} // namespace

/// Reads one people file into a LocalPeople.
class PeopleFile
{
public:
    explicit PeopleFile(std::string realm) : realm_(std::move(realm)) {}

    LocalPeople read(const Value& top)
    {
        top.fields([&](Fields& fields) {
            if (const auto people = fields.require("people"))
                for (const Value& item : people->items())
                    read_person(item);
            if (const auto groups = fields.find("groups"))
                for (const Value& item : groups->items())
                    read_group(item);
        });
        for (const auto& [group, members] : members_)
            for (const std::size_t person : resolve(members, "person", people_.by_name_))
                people_.people_[person].groups.push_back(group);
        for (const auto& [group, nested] : nested_)
            for (const std::size_t inner : resolve(nested, "group", group_index_))
                people_.groups_[inner].parents.push_back(group);
        for (const LocalPeople::Entry& entry : people_.people_)
            people_.decoys_.learn(entry.hash, entry.verifiers);
        return std::move(people_);
    }

private:
    void read_person(const Value& value)
    {
        LocalPeople::Entry entry;
        Person& person = entry.person;
        person.realm = realm_;
        person.known = Detail::account;
        value.fields([&](Fields& fields) {
            if (auto name = read_name(fields))
                person.name = person.mailbox = *std::move(name);
            person.id = "local:" + person.name;
            fields.read("id", person.id, &Value::text);
            fields.read("display_name", person.display_name, &Value::text);
            fields.read("disabled", person.state.disabled, &Value::boolean);
            fields.read("must_change_password", person.state.must_change_password, &Value::boolean);
            if (const auto expires = fields.find("expires"))
                if (const auto day = expires->date())
                    person.state.expires = wall_time(*day);
            read_password(fields, entry);
            read_verifiers(fields, entry);
            read_addresses(fields, person);
            fields.read("mail_host", person.mail_host, &Value::text);
            if (const auto posix = fields.find("posix"))
                read_posix(*posix, person.posix.emplace());
        });
        add(value, std::move(entry));
    }

    void add(const Value& value, LocalPeople::Entry entry)
    {
        const std::size_t index = people_.people_.size();
        const std::string& name = entry.person.name;
        if (!name.empty() && !people_.by_name_.emplace(name, index).second)
            value.fault("another person is named \"" + name + "\"");
        else if (!name.empty() && !ids_.insert(entry.person.id).second)
            value.fault("another person has the id \"" + entry.person.id + "\"");
        for (const std::string& address : entry.person.addresses)
            people_.by_address_.emplace(address, index);
        people_.people_.push_back(std::move(entry));
    }

    static void read_password(Fields& fields, LocalPeople::Entry& entry)
    {
        const auto value = fields.require("password");
        const auto hash = value ? value->text() : std::nullopt;
        if (!hash)
            return;
        if (const auto cost = argon2_cost(*hash); cost)
            entry.cost = *cost;
        else
            value->fault(cost.error().text);
        entry.hash = *hash;
        entry.person.password_version = password_digest(std::span(&*hash, 1));
    }

    static void read_verifiers(Fields& fields, LocalPeople::Entry& entry)
    {
        const auto list = fields.find("scram");
        if (!list)
            return;
        list->some_texts();
        for (const Value& item : list->items()) {
            const auto text = item.text();
            if (!text)
                continue;
            auto verifier = parse_scram_verifier(*text);
            if (!verifier)
                item.fault(verifier.error().text);
            else if (std::ranges::find(entry.verifiers, verifier->hash, &ScramVerifier::hash) != entry.verifiers.end())
                item.fault("another verifier of this person is for the same mechanism");
            else
                entry.verifiers.push_back(std::move(*verifier));
        }
    }

    static void read_addresses(Fields& fields, Person& person)
    {
        const auto list = fields.find("addresses");
        if (!list)
            return;
        list->texts();
        for (const Value& item : list->items()) {
            const auto address = item.text();
            const std::size_t at = address ? address->rfind('@') : 0;
            if (address && (at == std::string::npos || at == 0 || at + 1 == address->size()))
                item.fault("expected a mail address, found \"" + *address + "\"");
            else if (address)
                person.addresses.push_back(text::lower(*address));
        }
    }

    static void read_posix(const Value& value, PosixAccount& posix)
    {
        value.fields([&](Fields& fields) {
            fields.demand("uid", posix.uid, &Value::number, 1, highest_id);
            fields.demand("gid", posix.gid, &Value::number, 1, highest_id);
            fields.demand("home", posix.home, &Value::path_name);
        });
    }

    void read_group(const Value& value)
    {
        const std::size_t index = people_.groups_.size();
        people_.groups_.emplace_back();
        value.fields([&](Fields& fields) {
            if (const auto name = read_name(fields)) {
                people_.groups_.back().name = *name;
                if (!group_index_.emplace(*name, index).second)
                    value.fault("another group is named \"" + *name + "\"");
            }
            // Resolved at the end: a group may name one that comes later.
            if (const auto members = fields.find("members"))
                members_.emplace_back(index, *members);
            if (const auto nested = fields.find("groups"))
                nested_.emplace_back(index, *nested);
        });
    }

    static std::vector<std::size_t> resolve(const Value& list, std::string_view what,
                                            const std::map<std::string, std::size_t, std::less<>>& index)
    {
        std::vector<std::size_t> found;
        list.texts();
        for (const Value& item : list.items()) {
            const auto name = item.text();
            if (!name)
                continue;
            const auto at = index.find(text::lower(*name));
            if (at == index.end())
                item.fault("unknown " + std::string(what) + " \"" + *name + "\"");
            else
                found.push_back(at->second);
        }
        return found;
    }

    std::string realm_;
    LocalPeople people_;
    std::set<std::string> ids_;
    std::map<std::string, std::size_t, std::less<>> group_index_;
    std::vector<std::pair<std::size_t, Value>> members_; // lists of people and of groups, by group
    std::vector<std::pair<std::size_t, Value>> nested_;
};

Result<LocalPeople> LocalPeople::read(const std::string& realm, const std::string& file)
{
    const auto text = yaml::read_file(file, largest_file, true);
    if (!text)
        return std::unexpected(text.error());
    const auto tree = yaml::parse(file, *text);
    if (!tree)
        return std::unexpected(tree.error());
    yaml::Faults faults(file);
    LocalPeople people = PeopleFile(realm).read(Value(*tree, tree->mark, "", faults));
    if (!faults.empty())
        return invalid(faults.text());
    return people;
}

std::vector<const LocalPeople::Entry*> LocalPeople::find(const LoginName& name) const
{
    std::set<std::size_t> found; // an address of one's own with one's own name before the '@' is one person
    if (const auto at = by_name_.find(text::lower(name.user)); at != by_name_.end())
        found.insert(at->second);
    if (name.form == LoginName::Form::qualified) {
        const auto [first, last] = by_address_.equal_range(text::lower(name.address()));
        for (auto at = first; at != last; ++at)
            found.insert(at->second);
    }
    std::vector<const Entry*> entries;
    for (const std::size_t index : found)
        entries.push_back(&people_[index]);
    return entries;
}

std::vector<Membership> LocalPeople::memberships(const Entry& entry) const
{
    struct Step {
        std::size_t group;
        std::vector<std::string> via;
    };
    std::vector<Membership> memberships;
    std::set<std::size_t> seen;
    std::deque<Step> next;
    for (const std::size_t group : entry.groups)
        if (seen.insert(group).second)
            next.push_back({group, {}});
    for (; !next.empty(); next.pop_front()) { // nearest first: the way that is kept is a shortest one
        const Step& step = next.front();
        const Group& group = groups_[step.group];
        std::vector<std::string> via = step.via;
        via.push_back(group.name);
        memberships.push_back({.group = group.name, .dn = {}, .via = step.via});
        for (const std::size_t parent : group.parents)
            if (seen.insert(parent).second)
                next.push_back({parent, via});
    }
    return memberships;
}

std::string LocalPeople::unmatched_hash_for(std::string_view name) const
{
    if (people_.empty())
        return unmatched_hash({});
    return unmatched_hash(people_[std::hash<std::string>{}(text::lower(name)) % people_.size()].cost);
}

FoundVerifier LocalPeople::find_verifier(const LoginName& name, ScramHash hash) const
{
    // Made for everybody, so that its time tells nothing.
    FoundVerifier found{.verifier = decoys_.verifier_for(text::lower(name.user), hash)};
    const auto entries = find(name);
    if (entries.size() > 1)
        found.reason = Reason::ambiguous_name;
    if (entries.size() != 1)
        return found;
    const Entry& entry = *entries.front();
    found.realm = entry.person.realm;
    found.name = entry.person.name;
    const auto kept = std::ranges::find(entry.verifiers, hash, &ScramVerifier::hash);
    found.reason = kept == entry.verifiers.end() ? Reason::wrong_password : Reason::granted;
    if (found.reason == Reason::granted)
        found.verifier = *kept;
    else
        found.why = "the people file keeps no verifier of this person for the mechanism";
    return found;
}

} // namespace gatehouse::directory
