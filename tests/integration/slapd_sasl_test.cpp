#include "support/peers.hpp"

#include "support/clients.hpp"

#include <catch2/catch.hpp>

// The forms of a name are no matter here: a client shows a DN, and its entry names the person.

namespace gatehouse::integration
{

TEST_CASE("slapd passing binds through: the right password is granted, a wrong one and an unknown person are refused "
          "alike",
          "[openldap][active-directory]")
{
    check_right_and_wrong(slapd_sasl());
}

TEST_CASE("slapd passing binds through: whom the directory refuses is refused, and the audit line says exactly why",
          "[openldap][active-directory]")
{
    check_account_states(slapd_sasl());
}

TEST_CASE("slapd passing binds through: names of special characters are nobody else's", "[openldap][active-directory]")
{
    check_special_names(slapd_sasl());
}

TEST_CASE("slapd passing binds through: an empty password is refused without asking", "[openldap][active-directory]")
{
    check_empty_password(slapd_sasl());
}

TEST_CASE("slapd passing binds through: the longest password passes whole, and one byte more is refused",
          "[openldap][active-directory]")
{
    check_longest_password(slapd_sasl());
}

TEST_CASE("slapd passing binds through: an entry that is not there is refused without asking",
          "[openldap][active-directory]")
{
    const Lab& lab = Lab::current();
    const Place place = lab.place("ldap-sasl");
    const AuditFile audit = lab.audit();
    const Reply reply = ldap_login("ldap://" + place.host + ":" + std::to_string(place.port),
                                   "uid=no-entry,dc=through,dc=example", "Wrong-Passw0rd");
    INFO(reply.words);
    CHECK(reply.told == Told::denied);
    CHECK(audit.settled().empty());
}

} // namespace gatehouse::integration
