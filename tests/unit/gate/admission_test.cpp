#include "gate/admission.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse;
using namespace std::chrono_literals;

namespace
{
// Wednesday 2026-07-01 10:30 UTC
const WallTime wednesday = std::chrono::sys_days{std::chrono::year{2026} / 7 / 1} + 10h + 30min;

LogonHours hours_with(std::initializer_list<int> allowed)
{
    LogonHours hours{};
    for (const int hour : allowed)
        hours[static_cast<std::size_t>(hour / 8)] |= static_cast<std::uint8_t>(1 << (hour % 8));
    return hours;
}
constexpr int wednesday_10 = 3 * 24 + 10; // hours since Sunday 00:00 UTC
} // namespace

TEST_CASE("each account state has its own refusal, and the clock decides", "[unit]")
{
    using gate::account_standing;
    REQUIRE(account_standing({}, wednesday) == Reason::granted);
    REQUIRE(account_standing({.disabled = true}, wednesday) == Reason::account_disabled);
    REQUIRE(account_standing({.must_change_password = true}, wednesday) == Reason::must_change_password);
    REQUIRE(account_standing({.workstations_restricted = true}, wednesday) == Reason::workstation);

    REQUIRE(account_standing({.expires = wednesday}, wednesday) == Reason::account_expired);
    REQUIRE(account_standing({.expires = wednesday + 1s}, wednesday) == Reason::granted);
    REQUIRE(account_standing({.password_expires = wednesday}, wednesday) == Reason::password_expired);
    REQUIRE(account_standing({.password_expires = wednesday + 1s}, wednesday) == Reason::granted);

    REQUIRE(account_standing({.locked = true}, wednesday) == Reason::account_locked);
    REQUIRE(account_standing({.locked = true, .locked_until = wednesday + 1s}, wednesday) == Reason::account_locked);
    REQUIRE(account_standing({.locked = true, .locked_until = wednesday}, wednesday) == Reason::granted);
}

TEST_CASE("logon hours are read as Active Directory stores them", "[unit]")
{
    REQUIRE(gate::account_standing({.logon_hours = hours_with({wednesday_10})}, wednesday) == Reason::granted);
    REQUIRE(gate::account_standing({.logon_hours = hours_with({wednesday_10 - 1, wednesday_10 + 1})}, wednesday) ==
            Reason::logon_hours);
}

TEST_CASE("a permission ends at the earliest moment that the clock brings", "[unit]")
{
    using gate::standing_ends;
    REQUIRE_FALSE(standing_ends({}, wednesday).has_value());
    REQUIRE(standing_ends({.expires = wednesday + 2h, .password_expires = wednesday + 1h}, wednesday) ==
            wednesday + 1h);
    REQUIRE(standing_ends({.logon_hours = hours_with({wednesday_10, wednesday_10 + 1})}, wednesday) ==
            wednesday + 90min);
    LogonHours always;
    always.fill(0xFF);
    REQUIRE_FALSE(standing_ends({.logon_hours = always}, wednesday).has_value());
}

TEST_CASE("a service with groups admits their members only, without regard to case", "[unit]")
{
    Person person;
    person.groups = {{.group = "Team-A", .dn = "", .via = {}}, {.group = "Staff", .dn = "", .via = {"Team-A"}}};
    gate::ServiceRule staff;
    staff.allow_groups.add({}, "staff");
    gate::ServiceRule others;
    others.allow_groups.add({}, "students");
    others.allow_groups.add({}, "guests");
    const gate::ServiceRule everybody{};

    REQUIRE(gate::admit(person, &staff).admitted);
    REQUIRE(gate::admit(person, &staff).by == "Staff");
    REQUIRE_FALSE(gate::admit(person, &others).admitted);
    REQUIRE(gate::admit(person, &everybody).admitted);
    REQUIRE(gate::admit(person, nullptr).admitted);
    REQUIRE_FALSE(gate::admit(Person{}, &staff).admitted);
}

TEST_CASE("a group of one realm is not its namesake in another", "[unit]")
{
    gate::ServiceRule staff;
    staff.allow_groups.add("CAMPUS", "Staff");
    Person person;
    person.groups = {{.group = "staff"}};
    person.realm = "CAMPUS";
    REQUIRE(gate::admit(person, &staff).admitted);
    person.realm = "PARTNER";
    REQUIRE_FALSE(gate::admit(person, &staff).admitted);
}
