#include "support/peers.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

TEST_CASE("Postfix through the Dovecot door: the right password is granted, a wrong one and an unknown person are "
          "refused alike",
          "[openldap][active-directory]")
{
    check_right_and_wrong(postfix_dovecot());
    check_right_and_wrong(postfix_dovecot_login());
    check_right_and_wrong(postfix_dovecot_initial());
}

TEST_CASE(
    "Postfix through the Dovecot door: whom the directory refuses is refused, and the audit line says exactly why",
    "[openldap][active-directory]")
{
    check_account_states(postfix_dovecot());
}

TEST_CASE("Postfix through the Dovecot door: every form of a name is accepted", "[openldap][active-directory]")
{
    check_forms_of_a_name(postfix_dovecot());
}

TEST_CASE("Postfix through the Dovecot door: names of special characters are nobody else's",
          "[openldap][active-directory]")
{
    check_special_names(postfix_dovecot());
}

TEST_CASE("Postfix through the Dovecot door: an empty password is refused before any directory is asked",
          "[openldap][active-directory]")
{
    check_empty_password(postfix_dovecot());
    check_empty_password(postfix_dovecot_login());
}

TEST_CASE("Postfix through the Dovecot door: the longest password passes whole, and one byte more is refused",
          "[openldap][active-directory]")
{
    check_longest_password(postfix_dovecot());
    check_longest_password(postfix_dovecot_login());
}

} // namespace gatehouse::integration
