#include "support/peers.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

TEST_CASE("Cyrus Sieve: the right password is granted, a wrong one and an unknown person are refused alike",
          "[openldap][active-directory]")
{
    check_right_and_wrong(cyrus_sieve());
}

TEST_CASE("Cyrus Sieve: whom the directory refuses is refused, and the audit line says exactly why",
          "[openldap][active-directory]")
{
    check_account_states(cyrus_sieve());
}

TEST_CASE("Cyrus Sieve: every form of a name is accepted", "[openldap][active-directory]")
{
    check_forms_of_a_name(cyrus_sieve());
}

TEST_CASE("Cyrus Sieve: names of special characters are nobody else's", "[openldap][active-directory]")
{
    check_special_names(cyrus_sieve());
}

TEST_CASE("Cyrus Sieve: an empty password is refused before any directory is asked", "[openldap][active-directory]")
{
    check_empty_password(cyrus_sieve());
}

TEST_CASE("Cyrus Sieve: the longest password passes whole, and one byte more is refused",
          "[openldap][active-directory]")
{
    check_longest_password(cyrus_sieve());
}

} // namespace gatehouse::integration
