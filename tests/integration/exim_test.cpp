#include "support/peers.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

TEST_CASE("Exim: the right password is granted, a wrong one and an unknown person are refused alike",
          "[openldap][active-directory]")
{
    check_right_and_wrong(exim());
    check_right_and_wrong(exim_login());
}

TEST_CASE("Exim: whom the directory refuses is refused, and the audit line says exactly why",
          "[openldap][active-directory]")
{
    check_account_states(exim());
}

TEST_CASE("Exim: every form of a name is accepted", "[openldap][active-directory]")
{
    check_forms_of_a_name(exim());
}

TEST_CASE("Exim: names of special characters are nobody else's", "[openldap][active-directory]")
{
    check_special_names(exim());
}

TEST_CASE("Exim: an empty password is refused before any directory is asked", "[openldap][active-directory]")
{
    check_empty_password(exim());
    check_empty_password(exim_login());
}

TEST_CASE("Exim: the longest password passes whole, and one byte more is refused", "[openldap][active-directory]")
{
    check_longest_password(exim());
    check_longest_password(exim_login());
}

} // namespace gatehouse::integration
