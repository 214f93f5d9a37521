#include "support/peers.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

TEST_CASE("Dovecot IMAP: the right password is granted, a wrong one and an unknown person are refused alike",
          "[openldap][active-directory]")
{
    check_right_and_wrong(dovecot_imap());
    check_right_and_wrong(dovecot_imap_login());
}

TEST_CASE("Dovecot IMAP: whom the directory refuses is refused, and the audit line says exactly why",
          "[openldap][active-directory]")
{
    check_account_states(dovecot_imap());
}

TEST_CASE("Dovecot IMAP: every form of a name is accepted", "[openldap][active-directory]")
{
    check_forms_of_a_name(dovecot_imap());
}

TEST_CASE("Dovecot IMAP: names of special characters are nobody else's", "[openldap][active-directory]")
{
    check_special_names(dovecot_imap());
}

TEST_CASE("Dovecot IMAP: an empty password is refused before any directory is asked", "[openldap][active-directory]")
{
    check_empty_password(dovecot_imap());
    check_empty_password(dovecot_imap_login());
}

TEST_CASE("Dovecot IMAP: the longest password passes whole, and one byte more is refused",
          "[openldap][active-directory]")
{
    check_longest_password(dovecot_imap());
    check_longest_password(dovecot_imap_login());
}

} // namespace gatehouse::integration
