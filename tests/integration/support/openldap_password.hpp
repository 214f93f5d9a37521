#pragma once

#include "support/lab.hpp"

#include <string>
#include <string_view>

namespace gatehouse::integration
{

/// Another password for a person of the lab's slapd, set as its administrator, until this ends. For names that need no
/// escaping in a DN. The password may be of any length; it needs no change at the next login. Throws
/// std::runtime_error.
class OpenLdapPassword
{
public:
    OpenLdapPassword(const Lab& lab, const SamplePerson& person, std::string_view password);
    ~OpenLdapPassword();
    OpenLdapPassword(const OpenLdapPassword&) = delete;
    OpenLdapPassword& operator=(const OpenLdapPassword&) = delete;

    void set(std::string_view password);

private:
    const Lab& lab_;
    const SamplePerson& person_;
};

} // namespace gatehouse::integration
