#include "people/stored_person.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <new>

namespace gatehouse::people
{

namespace
{
enum Flag : std::uint64_t {
    disabled = 1 << 0,
    locked = 1 << 1,
    must_change_password = 1 << 2,
    lock_may_have_ended = 1 << 3,
    workstations_restricted = 1 << 4,
    mailbox_is_name = 1 << 5,
    move_certain = 1 << 6,
    // The value is there.
    has_move = 1 << 7,
    has_password_changed = 1 << 8,
    has_locked_until = 1 << 9,
    has_expires = 1 << 10,
    has_password_expires = 1 << 11,
    has_logon_hours = 1 << 12,
    has_posix = 1 << 13,
    upn_is_address = 1 << 14, // the first one, to the letter
    has_mail_host = 1 << 15,
};

std::uint64_t flags_of(const Person& person, const PasswordMove& move)
{
    const AccountState& state = person.state;
    std::uint64_t flags = 0;
    const auto set = [&](Flag flag, bool value) { flags |= value ? flag : 0; };
    set(disabled, state.disabled);
    set(locked, state.locked);
    set(must_change_password, state.must_change_password);
    set(lock_may_have_ended, state.lock_may_have_ended);
    set(workstations_restricted, state.workstations_restricted);
    set(mailbox_is_name, person.mailbox == person.name);
    set(move_certain, move.certain);
    set(upn_is_address, !person.addresses.empty() && person.upn == person.addresses.front());
    set(has_move, move != PasswordMove{});
    set(has_password_changed, person.password_changed.has_value());
    set(has_locked_until, state.locked_until.has_value());
    set(has_expires, state.expires.has_value());
    set(has_password_expires, state.password_expires.has_value());
    set(has_logon_hours, state.logon_hours.has_value());
    set(has_posix, person.posix.has_value());
    set(has_mail_host, !person.mail_host.empty());
    return flags;
}

void write_time(PackedWriter& writer, const std::optional<WallTime>& time)
{
    if (time)
        writer.whole(time->time_since_epoch().count());
}

std::optional<WallTime> read_time(PackedReader& reader, bool present)
{
    return present ? std::optional(WallTime(WallTime::duration(reader.whole()))) : std::nullopt;
}

void write_state(PackedWriter& writer, const AccountState& state)
{
    write_time(writer, state.locked_until);
    write_time(writer, state.expires);
    write_time(writer, state.password_expires);
    if (state.logon_hours)
        writer.raw({reinterpret_cast<const char*>(state.logon_hours->data()), state.logon_hours->size()});
}

AccountState read_state(PackedReader& reader, std::uint64_t flags)
{
    AccountState state;
    state.disabled = (flags & disabled) != 0;
    state.locked = (flags & locked) != 0;
    state.must_change_password = (flags & must_change_password) != 0;
    state.lock_may_have_ended = (flags & lock_may_have_ended) != 0;
    state.workstations_restricted = (flags & workstations_restricted) != 0;
    state.locked_until = read_time(reader, (flags & has_locked_until) != 0);
    state.expires = read_time(reader, (flags & has_expires) != 0);
    state.password_expires = read_time(reader, (flags & has_password_expires) != 0);
    if ((flags & has_logon_hours) != 0)
        std::ranges::copy(reader.raw(LogonHours{}.size()), state.logon_hours.emplace().begin());
    return state;
}

void write_texts(PackedWriter& writer, const std::vector<std::string>& texts)
{
    writer.number(texts.size());
    for (const std::string& text : texts)
        writer.text(text);
}

std::vector<std::string_view> read_texts(PackedReader& reader)
{
    std::vector<std::string_view> texts(reader.number());
    for (std::string_view& text : texts)
        text = reader.text();
    return texts;
}

/// The short names beside the canonical one, each once.
std::vector<std::string> other_names_of(const PersonRecord& record)
{
    std::vector<std::string> names;
    for (const std::string& name : record.other_names)
        names.push_back(text::lower(name));
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    std::erase(names, record.person.name);
    return names;
}
} // namespace

/// What stands behind the groups.
struct StoredPerson::Account {
    std::string_view password_version{};
    std::optional<WallTime> password_changed{};
    PasswordMove move{};
    AccountState state{};
    PackedReader rest;
};

PersonRef StoredPerson::make(const PersonRecord& record, const Observed& observed)
{
    const Person& person = record.person;
    const std::uint64_t flags = flags_of(person, observed.move);
    PackedWriter writer;
    writer.number(flags);
    writer.text(person.id);
    writer.text(person.name);
    if ((flags & mailbox_is_name) == 0)
        writer.text(person.mailbox);
    writer.number(observed.groups.size());
    for (const Place group : observed.groups)
        writer.number(group);
    writer.text(person.password_version);
    write_time(writer, person.password_changed);
    if ((flags & has_move) != 0) {
        writer.whole(observed.move.since.time_since_epoch().count());
        writer.text(observed.move.server);
    }
    write_state(writer, person.state);
    if ((flags & upn_is_address) == 0)
        writer.text(person.upn);
    write_texts(writer, person.addresses);
    write_texts(writer, other_names_of(record));
    if (person.posix) {
        writer.number(person.posix->uid);
        writer.number(person.posix->gid);
        writer.text(person.posix->home);
    }
    writer.text(person.dn);
    writer.text(person.display_name);
    if ((flags & has_mail_host) != 0)
        writer.text(person.mail_host);

    const std::string& bytes = writer.bytes();
    void* const memory = ::operator new(sizeof(StoredPerson) + bytes.size());
    std::ranges::copy(bytes, static_cast<char*>(memory) + sizeof(StoredPerson));
    return PersonRef(new (memory) StoredPerson(static_cast<std::uint32_t>(bytes.size())));
}

void intrusive_ptr_add_ref(const StoredPerson* person) noexcept
{
    person->references_.fetch_add(1, std::memory_order_relaxed);
}

void intrusive_ptr_release(const StoredPerson* person) noexcept
{
    if (person->references_.fetch_sub(1, std::memory_order_acq_rel) != 1)
        return;
    person->~StoredPerson();
    ::operator delete(const_cast<StoredPerson*>(person));
}

StoredPerson::Head StoredPerson::head() const
{
    PackedReader reader(packed().data());
    const std::uint64_t flags = reader.number();
    const std::string_view id = reader.text();
    const std::string_view name = reader.text();
    const std::string_view mailbox = (flags & mailbox_is_name) != 0 ? name : reader.text();
    return {.flags = flags, .id = id, .name = name, .mailbox = mailbox, .rest = reader};
}

StoredPerson::Account StoredPerson::account() const
{
    const Head head = this->head();
    PackedReader reader = head.rest;
    for (auto groups = reader.number(); groups > 0; --groups)
        reader.number();
    Account account{.rest = reader};
    account.password_version = reader.text();
    account.password_changed = read_time(reader, (head.flags & has_password_changed) != 0);
    if ((head.flags & has_move) != 0) {
        account.move.since = Deadline(Deadline::duration(reader.whole()));
        account.move.certain = (head.flags & move_certain) != 0;
        account.move.server = reader.text();
    }
    account.state = read_state(reader, head.flags);
    account.rest = reader;
    return account;
}

StoredPerson::Names StoredPerson::names() const
{
    PackedReader reader = account().rest;
    const bool in_addresses = (head().flags & upn_is_address) != 0;
    Names names{.upn = in_addresses ? std::string_view() : reader.text(),
                .addresses = read_texts(reader),
                .other_names = read_texts(reader),
                .rest = reader};
    if (in_addresses)
        names.upn = names.addresses.front();
    return names;
}

bool StoredPerson::has_short_name(std::string_view lower) const
{
    if (name() == lower)
        return true;
    const auto others = other_names();
    return std::ranges::find(others, lower) != others.end();
}

bool StoredPerson::has_address(std::string_view address) const
{
    PackedReader reader = account().rest; // name by name: look-ups come here, and need no list
    const auto same = [&](std::string_view own) { return text::equal_ignoring_case(own, address); };
    if ((head().flags & upn_is_address) == 0 && same(reader.text()))
        return true;
    for (auto left = reader.number(); left > 0; --left)
        if (same(reader.text()))
            return true;
    return false;
}

AccountState StoredPerson::state() const
{
    return account().state;
}

std::string_view StoredPerson::password_version() const
{
    return account().password_version;
}

std::optional<WallTime> StoredPerson::password_changed() const
{
    return account().password_changed;
}

PasswordMove StoredPerson::password_move() const
{
    return account().move;
}

StoredPerson::Observed StoredPerson::observed() const
{
    Observed observed{.groups = {}, .move = password_move()};
    for_each_group([&](Place group) { observed.groups.push_back(group); });
    return observed;
}

std::vector<std::string_view> StoredPerson::addresses() const
{
    Names names = this->names();
    if (!names.upn.empty() && (head().flags & upn_is_address) == 0)
        names.addresses.push_back(names.upn);
    return std::move(names.addresses);
}

PersonRecord StoredPerson::record() const
{
    const Head head = this->head();
    const Account account = this->account();
    const Names names = this->names();
    PackedReader reader = names.rest;
    PersonRecord record;
    Person& person = record.person;
    person.name = head.name;
    person.id = head.id;
    person.upn = names.upn;
    person.mailbox = head.mailbox;
    person.addresses.assign(names.addresses.begin(), names.addresses.end());
    person.state = account.state;
    if ((head.flags & has_posix) != 0) {
        PosixAccount& posix = person.posix.emplace();
        posix.uid = static_cast<std::uint32_t>(reader.number());
        posix.gid = static_cast<std::uint32_t>(reader.number());
        posix.home = reader.text();
    }
    person.dn = reader.text();
    person.display_name = reader.text();
    if ((head.flags & has_mail_host) != 0)
        person.mail_host = reader.text();
    person.password_version = account.password_version;
    person.password_changed = account.password_changed;
    person.known = Detail::account;
    record.other_names.assign(names.other_names.begin(), names.other_names.end());
    return record;
}

} // namespace gatehouse::people
