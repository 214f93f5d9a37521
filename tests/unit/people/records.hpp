#pragma once

#include "identity/login_name.hpp"
#include "people/mirror.hpp"
#include "people/stored_person.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::people
{

/// A moment that tests can tell from others.
inline Deadline at_second(int second)
{
    return Deadline(std::chrono::seconds(second));
}

/// A person as a feed tells them; the key is the name.
inline PersonRecord person(const std::string& name, std::vector<std::string> member_of = {})
{
    PersonRecord record;
    record.person.realm = "CAMPUS";
    record.person.id = "id-" + name;
    record.person.name = name;
    record.person.dn = "uid=" + name + ",dc=campus";
    record.person.mailbox = name;
    record.person.password_version = "1";
    record.person.known = Detail::account;
    record.keys = {name};
    record.member_of = std::move(member_of);
    return record;
}

inline GroupRecord group(const std::string& name, std::vector<std::string> members = {},
                         std::vector<std::string> member_of = {})
{
    return {.id = "id-" + name,
            .name = name,
            .dn = "cn=" + name + ",dc=campus",
            .keys = {name},
            .members = std::move(members),
            .member_of = std::move(member_of)};
}

inline Changes of_people(std::vector<PersonRecord> people)
{
    return {.people = std::move(people), .since = at_second(1), .server = "dc1"};
}

inline Changes of_groups(std::vector<GroupRecord> groups)
{
    return {.groups = std::move(groups), .since = at_second(1), .server = "dc1"};
}

inline Changes of_gone(std::vector<std::string> ids)
{
    return {.gone = std::move(ids), .since = at_second(1), .server = "dc1"};
}

inline void sweep(Mirror& mirror, std::vector<PersonRecord> people, std::vector<GroupRecord> groups = {})
{
    mirror.begin_sweep();
    mirror.take({.people = std::move(people), .groups = std::move(groups), .since = at_second(1), .server = "dc1"});
    mirror.end_sweep(at_second(1));
}

/// Whom the login name means: a name, "nobody", or all names where it is ambiguous.
inline std::string who(const People& people, std::string_view login)
{
    const auto found = people.find(parse_login_name(login).value());
    if (found.one)
        return std::string(found.one->name());
    std::string names;
    for (const std::string& name : found.several)
        names += (names.empty() ? "" : " ") + name;
    return names.empty() ? "nobody" : names;
}

/// The groups of a person in their order, as "name" or "name<nearer<nearest".
inline std::vector<std::string> groups_of(const People& people, std::string_view name)
{
    const auto stored = people.with_id("id-" + std::string(name));
    std::vector<std::string> texts;
    if (!stored)
        return {"nobody"};
    for (const Membership& membership : people.describe(*stored, Detail::groups).groups) {
        std::string& text = texts.emplace_back(membership.group);
        for (auto between = membership.via.rbegin(); between != membership.via.rend(); ++between)
            text += '<' + *between;
    }
    return texts;
}

inline std::vector<std::string> sorted(std::vector<std::string> texts)
{
    std::ranges::sort(texts);
    return texts;
}

using Texts = std::vector<std::string>;

} // namespace gatehouse::people
