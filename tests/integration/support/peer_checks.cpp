// What must hold at every peer.
#include "support/openldap_password.hpp"
#include "support/peer.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace gatehouse::integration
{

namespace
{
std::string described(const Seen& seen)
{
    std::string text = "login \"" + seen.login.name + "\", told: " + seen.reply.words;
    for (const AuditLine& line : seen.audited)
        text += "\naudited: " + line.text();
    return text;
}

/// authd was asked once, and decided so.
void check_audited(const Seen& seen, std::string_view verdict, std::string_view reason, std::string_view name)
{
    REQUIRE(seen.audited.size() == 1);
    CHECK(seen.audited[0]["verdict"] == verdict);
    CHECK(seen.audited[0]["reason"] == reason);
    CHECK(seen.audited[0]["name"] == name);
}

void check_granted(const Seen& seen, std::string_view name)
{
    INFO(described(seen));
    CHECK(seen.reply.told == Told::granted);
    check_audited(seen, "granted", "granted", name);
}

void check_refused(const Seen& seen, std::string_view reason, std::string_view name)
{
    INFO(described(seen));
    CHECK(seen.reply.told == Told::denied);
    check_audited(seen, "denied", reason, name);
}

/// What authd decides about somebody's right password.
void check_decided(const Seen& seen, Fate fate, std::string_view name)
{
    switch (fate) {
    case Fate::refused_by_peer: CHECK(seen.audited.empty()); break;
    case Fate::no_account: check_audited(seen, "denied", "no-account", name); break;
    case Fate::not_admitted: check_audited(seen, "denied", "not-admitted", name); break;
    case Fate::nobody: check_audited(seen, "denied", "unknown-person", ""); break;
    case Fate::granted:
    case Fate::granted_elsewhere: check_audited(seen, "granted", "granted", name); break;
    }
}

/// The peer's answer without what differs from one answer to the next anyway.
std::string without_digits(std::string text)
{
    std::erase_if(text, [](unsigned char c) { return std::isdigit(c) != 0; });
    return text;
}

/// `size` bytes that differ from their neighbours, so that no part of it is taken for the whole.
std::string long_password(std::size_t size)
{
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789";
    std::string password;
    for (std::size_t i = 0; password.size() < size; ++i)
        password += letters[(i * i + i / letters.size()) % letters.size()];
    return password;
}
} // namespace

void check_right_and_wrong(const Peer& peer)
{
    const SamplePerson& alice = Lab::current().person("alice");
    check_granted(attempt(peer, {alice.name, alice.password}), "alice");

    const auto refused = attempt_each(peer, {{alice.name, "Wrong-Passw0rd"}, {peer.stranger, "Wrong-Passw0rd"}});
    check_refused(refused[0], "wrong-password", "alice");
    check_refused(refused[1], "unknown-person", "");
    CHECK(without_digits(refused[0].reply.words) == without_digits(refused[1].reply.words));

    check_granted(attempt(peer, {alice.name, alice.password}), "alice"); // and a directory counts no failure any more
}

void check_account_states(const Peer& peer)
{
    const auto people = Lab::current().people().refused_by_state();
    REQUIRE(people.size() >= 3);
    std::vector<Login> logins;
    for (const SamplePerson& person : people)
        logins.push_back({person.name, person.password});
    const auto seen = attempt_each(peer, logins);
    for (std::size_t i = 0; i < people.size(); ++i)
        check_refused(seen[i], people[i].state, people[i].name);
}

void check_forms_of_a_name(const Peer& peer)
{
    const SamplePerson& alice = Lab::current().person("alice");
    for (const std::string form : {"alice", "ALICE", "CAMPUS\\alice", "campus\\Alice", "alice@campus.example",
                                   "Alice@CAMPUS.example", "alice.liddell@campus.example"}) {
        const Seen seen = attempt(peer, {form, alice.password});
        INFO(described(seen));
        check_decided(seen, fate_of(peer, form), "alice");
        CHECK((seen.reply.told == Told::granted) == (fate_of(peer, form) == Fate::granted));
    }
    if (!Lab::current().is(DirectoryKind::openldap))
        return; // elsewhere nobody has an '@' in the name
    const SamplePerson& at_sign = Lab::current().person("at@sign");
    const Seen seen = attempt(peer, {"at@sign@campus.example", at_sign.password});
    INFO(described(seen));
    if (fate_of(peer, seen.login.name) == Fate::nobody) // asked as at@sign, and no realm is called "sign"
        check_audited(seen, "denied", "unknown-realm", "");
    else
        check_decided(seen, fate_of(peer, seen.login.name), "at@sign");
    CHECK((seen.reply.told == Told::granted) == (fate_of(peer, "at@sign@campus.example") == Fate::granted));
}

void check_special_names(const Peer& peer)
{
    std::vector<Login> logins{{"alice)(uid=*", "Wrong-Passw0rd"}};
    for (const SamplePerson& person : Lab::current().people().special())
        logins.push_back({person.name, person.password});
    REQUIRE(logins.size() > 5);
    for (const Seen& seen : attempt_each(peer, logins)) {
        INFO(described(seen));
        const bool theirs = seen.login.password != "Wrong-Passw0rd";
        // The last '@' of a name stands before its realm, and no realm is called "sign".
        const bool known = theirs && asked_as(peer, seen.login.name) != "at@sign";
        const Fate fate = fate_of(peer, seen.login.name);
        CHECK((seen.reply.told == Told::granted) == (known && fate == Fate::granted));
        if (known || fate == Fate::refused_by_peer)
            check_decided(seen, fate, seen.login.name);
        else
            check_audited(seen, "denied", theirs ? "unknown-realm" : "unknown-person", "");
    }
}

void check_empty_password(const Peer& peer)
{
    const Seen seen = attempt(peer, {"alice", ""});
    INFO(described(seen));
    CHECK(seen.reply.told == Told::denied);
    if (!peer.asks_about_empty) {
        CHECK(seen.audited.empty());
        return;
    }
    check_audited(seen, "denied", "empty-password", "");
    CHECK(seen.audited[0]["server"].empty()); // no directory was asked
}

void check_longest_password(const Peer& peer)
{
    const SamplePerson& lorenz = Lab::current().person("lorenz");
    check_granted(attempt(peer, {lorenz.name, lorenz.password}), lorenz.name);
    if (!Lab::current().is(DirectoryKind::openldap))
        return; // other directories take no longer password, or no change from here; the door tests go further

    const std::size_t longest = peer.longest_password(lorenz.name);
    const std::string password = long_password(longest + 1);
    OpenLdapPassword changed(Lab::current(), lorenz, password.substr(0, longest));
    check_granted(attempt(peer, {lorenz.name, password.substr(0, longest)}), lorenz.name);
    check_refused(attempt(peer, {lorenz.name, password.substr(0, longest - 1)}), "wrong-password", lorenz.name);

    if (!peer.told_beyond)
        return;
    changed.set(password);
    const Seen beyond = attempt(peer, {lorenz.name, password});
    INFO(described(beyond));
    CHECK(beyond.reply.told == *peer.told_beyond);
    CHECK(std::ranges::none_of(beyond.audited, [](const auto& line) { return line["verdict"] == "granted"; }));
}

} // namespace gatehouse::integration
