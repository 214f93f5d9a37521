#include "support/peers.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

TEST_CASE("nginx: the right password is granted, a wrong one and an unknown person are refused alike",
          "[openldap][active-directory]")
{
    check_right_and_wrong(nginx());
}

TEST_CASE("nginx: whom the directory refuses is refused, and the audit line says exactly why",
          "[openldap][active-directory]")
{
    check_account_states(nginx());
}

TEST_CASE("nginx: every form of a name is accepted", "[openldap][active-directory]")
{
    check_forms_of_a_name(nginx());
}

TEST_CASE("nginx: names of special characters are nobody else's", "[openldap][active-directory]")
{
    check_special_names(nginx());
}

TEST_CASE("nginx: an empty password is refused before any directory is asked", "[openldap][active-directory]")
{
    check_empty_password(nginx());
}

TEST_CASE("nginx: the longest password passes whole, and one byte more is refused", "[openldap][active-directory]")
{
    check_longest_password(nginx());
}

} // namespace gatehouse::integration
