#include "people/stored_person.hpp"

#include "records.hpp"

using namespace gatehouse;
using namespace gatehouse::people;
using namespace std::chrono_literals;

namespace
{
const WallTime noon{1'800'000'000s};

PersonRecord full()
{
    PersonRecord record = person("alice");
    Person& alice = record.person;
    alice.upn = "Alice@Campus.Example";
    alice.display_name = "Alice Ångström";
    alice.mailbox = "alice.a@campus.example";
    alice.addresses = {"Alice.A@Campus.Example", "a@x"};
    alice.mail_host = "imap1.campus.example";
    alice.state = {.disabled = true,
                   .locked = true,
                   .must_change_password = true,
                   .locked_until = noon,
                   .lock_may_have_ended = true,
                   .expires = noon + 1ns,
                   .password_expires = WallTime::max(),
                   .logon_hours = LogonHours{1, 2, 3, 0xff},
                   .workstations_restricted = true};
    alice.posix = PosixAccount{4'294'967'294, 1, "/home/alice"};
    alice.password_version = std::string(300, 'v');
    alice.password_changed = noon - 1h;
    record.other_names = {"Ally", "alice", "aa", "ally"};
    return record;
}

void check_same(const Person& a, const Person& b)
{
    CHECK(a.name == b.name);
    CHECK(a.id == b.id);
    CHECK(a.dn == b.dn);
    CHECK(a.upn == b.upn);
    CHECK(a.display_name == b.display_name);
    CHECK(a.mailbox == b.mailbox);
    CHECK(a.addresses == b.addresses);
    CHECK(a.mail_host == b.mail_host);
    CHECK(a.state == b.state);
    CHECK(a.posix == b.posix);
    CHECK(a.password_version == b.password_version);
    CHECK(a.password_changed == b.password_changed);
    CHECK(a.known == b.known);
}
} // namespace

TEST_CASE("a stored person gives back all that was told")
{
    const PersonRecord record = full();
    const PersonRef ref =
        StoredPerson::make(record, {.groups = {3, 400, 2'000'000}, .move = {at_second(7), true, "dc2"}});
    const StoredPerson& stored = *ref;

    check_same(stored.record().person, record.person);
    CHECK(stored.id() == "id-alice");
    CHECK(stored.name() == "alice");
    CHECK(stored.mailbox() == "alice.a@campus.example");
    CHECK(stored.state() == record.person.state);
    CHECK(stored.password_version() == record.person.password_version);
    CHECK(stored.password_changed() == record.person.password_changed);
    CHECK(stored.password_move() == PasswordMove{at_second(7), true, "dc2"});
    CHECK(stored.observed().groups == std::vector<Place>{3, 400, 2'000'000});
    CHECK(stored.other_names() == std::vector<std::string_view>{"aa", "ally"});
    CHECK(stored.addresses() == std::vector<std::string_view>{"Alice.A@Campus.Example", "a@x", "Alice@Campus.Example"});
}

TEST_CASE("a stored person of whom little is known takes little and gives it back")
{
    PersonRecord record;
    record.person.id = "1";
    record.person.name = record.person.mailbox = "bob";
    record.person.known = Detail::account;
    const PersonRef ref = StoredPerson::make(record, {});
    const StoredPerson& stored = *ref;

    check_same(stored.record().person, record.person);
    CHECK(stored.mailbox() == "bob");
    CHECK(stored.password_move().since == Deadline::min());
    CHECK_FALSE(stored.password_move().certain);
    CHECK(stored.addresses().empty());
    CHECK(stored.observed().groups.empty());
}

TEST_CASE("stored persons differ in each thing that is stored")
{
    const PersonRecord alice = full();
    const PersonRef ref = StoredPerson::make(alice, {});
    const StoredPerson& stored = *ref;
    CHECK(stored == *StoredPerson::make(full(), {}));
    CHECK(stored != *StoredPerson::make(alice, {.groups = {1}, .move = {}}));
    CHECK(stored != *StoredPerson::make(alice, {.groups = {}, .move = {at_second(7), false, ""}}));

    const auto differs = [&](auto change) {
        PersonRecord record = full();
        change(record);
        return stored != *StoredPerson::make(record, {});
    };
    CHECK(differs([](PersonRecord& record) { record.person.name = "alicia"; }));
    CHECK(differs([](PersonRecord& record) { record.person.dn += "x"; }));
    CHECK(differs([](PersonRecord& record) { record.person.upn.clear(); }));
    CHECK(differs([](PersonRecord& record) { record.person.display_name += "x"; }));
    CHECK(differs([](PersonRecord& record) { record.person.mailbox = "alice"; }));
    CHECK(differs([](PersonRecord& record) { record.person.addresses.pop_back(); }));
    CHECK(differs([](PersonRecord& record) { record.person.mail_host.clear(); }));
    CHECK(differs([](PersonRecord& record) { record.person.state.disabled = false; }));
    CHECK(differs([](PersonRecord& record) { record.person.state.locked = false; }));
    CHECK(differs([](PersonRecord& record) { record.person.state.must_change_password = false; }));
    CHECK(differs([](PersonRecord& record) { record.person.state.lock_may_have_ended = false; }));
    CHECK(differs([](PersonRecord& record) { record.person.state.workstations_restricted = false; }));
    CHECK(differs([](PersonRecord& record) { record.person.state.locked_until.reset(); }));
    CHECK(differs([](PersonRecord& record) { *record.person.state.expires += 1ns; }));
    CHECK(differs([](PersonRecord& record) { record.person.state.password_expires.reset(); }));
    CHECK(differs([](PersonRecord& record) { (*record.person.state.logon_hours)[20] = 1; }));
    CHECK(differs([](PersonRecord& record) { record.person.posix.reset(); }));
    CHECK(differs([](PersonRecord& record) { record.person.posix->home = "/"; }));
    CHECK(differs([](PersonRecord& record) { record.person.password_version = "2"; }));
    CHECK(differs([](PersonRecord& record) { record.person.password_changed.reset(); }));
    CHECK(differs([](PersonRecord& record) { record.other_names.push_back("al"); }));
}
