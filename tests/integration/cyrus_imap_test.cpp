#include "support/peers.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

TEST_CASE("Cyrus IMAP: the right password is granted, a wrong one and an unknown person are refused alike",
          "[openldap][active-directory][local]")
{
    check_right_and_wrong(cyrus_imap());
    check_right_and_wrong(cyrus_imap_plain());
}

TEST_CASE("Cyrus IMAP: whom the directory refuses is refused, and the audit line says exactly why",
          "[openldap][active-directory][local]")
{
    check_account_states(cyrus_imap());
}

TEST_CASE("Cyrus IMAP: every form of a name is accepted", "[openldap][active-directory][local]")
{
    check_forms_of_a_name(cyrus_imap());
}

TEST_CASE("Cyrus IMAP: names of special characters are nobody else's", "[openldap][active-directory][local]")
{
    check_special_names(cyrus_imap());
}

TEST_CASE("Cyrus IMAP: an empty password is refused before any directory is asked",
          "[openldap][active-directory][local]")
{
    check_empty_password(cyrus_imap());
    check_empty_password(cyrus_imap_plain());
}

TEST_CASE("Cyrus IMAP: the longest password passes whole, and one byte more is refused",
          "[openldap][active-directory][local]")
{
    check_longest_password(cyrus_imap());
    check_longest_password(cyrus_imap_plain());
}

} // namespace gatehouse::integration
