#include "support/peers.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

TEST_CASE("Sendmail: the right password is granted, a wrong one and an unknown person are refused alike",
          "[openldap][active-directory]")
{
    check_right_and_wrong(sendmail());
    check_right_and_wrong(sendmail_login());
}

TEST_CASE("Sendmail: whom the directory refuses is refused, and the audit line says exactly why",
          "[openldap][active-directory]")
{
    check_account_states(sendmail());
}

TEST_CASE("Sendmail: every form of a name is accepted", "[openldap][active-directory]")
{
    check_forms_of_a_name(sendmail());
}

TEST_CASE("Sendmail: names of special characters are nobody else's", "[openldap][active-directory]")
{
    check_special_names(sendmail());
}

TEST_CASE("Sendmail: an empty password is refused before any directory is asked", "[openldap][active-directory]")
{
    check_empty_password(sendmail());
    check_empty_password(sendmail_login());
}

TEST_CASE("Sendmail: the longest password passes whole, and one byte more is refused", "[openldap][active-directory]")
{
    check_longest_password(sendmail());
    check_longest_password(sendmail_login());
}

} // namespace gatehouse::integration
