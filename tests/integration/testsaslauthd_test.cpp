#include "support/peers.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

TEST_CASE("testsaslauthd: the right password is granted, a wrong one and an unknown person are refused alike",
          "[openldap][active-directory][local]")
{
    check_right_and_wrong(testsaslauthd_program());
}

TEST_CASE("testsaslauthd: whom the directory refuses is refused, and the audit line says exactly why",
          "[openldap][active-directory][local]")
{
    check_account_states(testsaslauthd_program());
}

TEST_CASE("testsaslauthd: every form of a name is accepted", "[openldap][active-directory][local]")
{
    check_forms_of_a_name(testsaslauthd_program());
}

TEST_CASE("testsaslauthd: names of special characters are nobody else's", "[openldap][active-directory][local]")
{
    check_special_names(testsaslauthd_program());
}

TEST_CASE("testsaslauthd: an empty password is refused before any directory is asked",
          "[openldap][active-directory][local]")
{
    check_empty_password(testsaslauthd_program());
}

TEST_CASE("testsaslauthd: the longest password passes whole, and one byte more is refused",
          "[openldap][active-directory][local]")
{
    check_longest_password(testsaslauthd_program());
}

} // namespace gatehouse::integration
