#include "directory/ldap_messages.hpp"

namespace gatehouse::directory
{

Entry parse_entry(LDAP* ldap, LDAPMessage* message)
{
    Entry entry;
    BerElement* reader = nullptr;
    berval dn{};
    if (ldap_get_dn_ber(ldap, message, &reader, &dn) != LDAP_SUCCESS)
        return entry;
    const LdapBer owned(reader, LdapBerFree(false));
    entry.dn.assign(dn.bv_val, dn.bv_len);
    for (;;) {
        berval name{};
        berval* values = nullptr;
        if (ldap_get_attribute_ber(ldap, message, reader, &name, &values) != LDAP_SUCCESS || name.bv_val == nullptr)
            return entry;
        Attribute& attribute = entry.attributes.emplace_back();
        attribute.name.assign(name.bv_val, name.bv_len);
        for (const berval* value = values; value != nullptr && value->bv_val != nullptr; ++value)
            attribute.values.emplace_back(value->bv_val, value->bv_len);
        ber_memfree(values);
    }
}

std::string parse_entry_control(LDAP* ldap, LDAPMessage* message, const std::string& oid)
{
    LDAPControl** raw = nullptr;
    if (ldap_get_entry_controls(ldap, message, &raw) != LDAP_SUCCESS)
        return {};
    const LdapControls controls(raw);
    const LDAPControl* const control = ldap_control_find(oid.c_str(), raw, nullptr);
    if (control == nullptr || control->ldctl_value.bv_val == nullptr)
        return {};
    return {control->ldctl_value.bv_val, control->ldctl_value.bv_len};
}

} // namespace gatehouse::directory
