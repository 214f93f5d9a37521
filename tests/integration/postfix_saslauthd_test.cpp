#include "support/peers.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

TEST_CASE(
    "Postfix through Cyrus SASL: the right password is granted, a wrong one and an unknown person are refused alike",
    "[openldap][active-directory]")
{
    check_right_and_wrong(postfix_saslauthd());
    check_right_and_wrong(postfix_saslauthd_login());
}

TEST_CASE("Postfix through Cyrus SASL: whom the directory refuses is refused, and the audit line says exactly why",
          "[openldap][active-directory]")
{
    check_account_states(postfix_saslauthd());
}

TEST_CASE("Postfix through Cyrus SASL: every form of a name is accepted", "[openldap][active-directory]")
{
    check_forms_of_a_name(postfix_saslauthd());
}

TEST_CASE("Postfix through Cyrus SASL: names of special characters are nobody else's", "[openldap][active-directory]")
{
    check_special_names(postfix_saslauthd());
}

TEST_CASE("Postfix through Cyrus SASL: an empty password is refused before any directory is asked",
          "[openldap][active-directory]")
{
    check_empty_password(postfix_saslauthd());
    check_empty_password(postfix_saslauthd_login());
}

TEST_CASE("Postfix through Cyrus SASL: the longest password passes whole, and one byte more is refused",
          "[openldap][active-directory]")
{
    check_longest_password(postfix_saslauthd());
    check_longest_password(postfix_saslauthd_login());
}

} // namespace gatehouse::integration
