#include "support/peers.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

TEST_CASE("pure-ftpd: the right password is granted, a wrong one and an unknown person are refused alike",
          "[openldap][active-directory][local]")
{
    check_right_and_wrong(pure_ftpd());
}

TEST_CASE("pure-ftpd: whom the directory refuses is refused, and the audit line says exactly why",
          "[openldap][active-directory][local]")
{
    check_account_states(pure_ftpd());
}

TEST_CASE("pure-ftpd: every form of a name is accepted", "[openldap][active-directory][local]")
{
    check_forms_of_a_name(pure_ftpd());
}

TEST_CASE("pure-ftpd: names of special characters are nobody else's", "[openldap][active-directory][local]")
{
    check_special_names(pure_ftpd());
}

TEST_CASE("pure-ftpd: an empty password is refused before any directory is asked",
          "[openldap][active-directory][local]")
{
    check_empty_password(pure_ftpd());
}

TEST_CASE("pure-ftpd: the longest password passes whole, and one byte more is refused",
          "[openldap][active-directory][local]")
{
    check_longest_password(pure_ftpd());
}

} // namespace gatehouse::integration
