#include "support/peers.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

TEST_CASE("Dovecot POP3: the right password is granted, a wrong one and an unknown person are refused alike",
          "[openldap][active-directory]")
{
    check_right_and_wrong(dovecot_pop3());
    check_right_and_wrong(dovecot_pop3_user());
}

TEST_CASE("Dovecot POP3: whom the directory refuses is refused, and the audit line says exactly why",
          "[openldap][active-directory]")
{
    check_account_states(dovecot_pop3());
}

TEST_CASE("Dovecot POP3: every form of a name is accepted", "[openldap][active-directory]")
{
    check_forms_of_a_name(dovecot_pop3());
}

TEST_CASE("Dovecot POP3: names of special characters are nobody else's", "[openldap][active-directory]")
{
    check_special_names(dovecot_pop3());
}

TEST_CASE("Dovecot POP3: an empty password is refused before any directory is asked", "[openldap][active-directory]")
{
    check_empty_password(dovecot_pop3());
    check_empty_password(dovecot_pop3_user());
}

TEST_CASE("Dovecot POP3: the longest password passes whole, and one byte more is refused",
          "[openldap][active-directory]")
{
    check_longest_password(dovecot_pop3());
    check_longest_password(dovecot_pop3_user());
}

} // namespace gatehouse::integration
