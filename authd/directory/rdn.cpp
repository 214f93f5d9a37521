#include "directory/rdn.hpp"

#include <ldap.h>

namespace gatehouse::directory
{

Rdn first_rdn(const std::string& dn)
{
    LDAPDN parts = nullptr;
    if (ldap_str2dn(dn.c_str(), &parts, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS)
        return {};
    Rdn rdn;
    if (parts != nullptr && parts[0] != nullptr && parts[0][0] != nullptr) {
        const LDAPAVA& ava = *parts[0][0];
        rdn.attribute.assign(ava.la_attr.bv_val, ava.la_attr.bv_len);
        rdn.value.assign(ava.la_value.bv_val, ava.la_value.bv_len);
    }
    ldap_dnfree(parts);
    return rdn;
}

} // namespace gatehouse::directory
