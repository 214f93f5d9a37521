#include "support/openldap_password.hpp"

#include <catch2/catch.hpp>
#include <ldap.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace gatehouse::integration
{

namespace
{
struct LdapEnd {
    void operator()(LDAP* handle) const { ldap_unbind_ext_s(handle, nullptr, nullptr); }
};
using LdapHandle = std::unique_ptr<LDAP, LdapEnd>;

void expect_success(int rc, const std::string& what)
{
    if (rc != LDAP_SUCCESS)
        throw std::runtime_error(what + ": " + ldap_err2string(rc));
}

LdapHandle administrator(const Lab& lab)
{
    const auto shown = lab.show("slapd");
    const std::string password =
        run({"/usr/bin/python3", lab.script_file("people.py"), "password", "administrator"}).out;
    LDAP* raw = nullptr;
    expect_success(ldap_initialize(&raw, shown.at("uri").c_str()), "ldap_initialize");
    LdapHandle handle(raw);
    const int version = LDAP_VERSION3;
    ldap_set_option(raw, LDAP_OPT_PROTOCOL_VERSION, &version);
    std::string secret = password.substr(0, password.find('\n'));
    berval credential{.bv_len = secret.size(), .bv_val = secret.data()};
    expect_success(
        ldap_sasl_bind_s(raw, shown.at("admin_dn").c_str(), LDAP_SASL_SIMPLE, &credential, nullptr, nullptr, nullptr),
        "bind as administrator");
    return handle;
}

void replace(LDAP* handle, const std::string& dn, std::string attribute, std::string_view value)
{
    std::string copy(value);
    berval content{.bv_len = copy.size(), .bv_val = copy.data()};
    std::array<berval*, 2> values{&content, nullptr};
    LDAPMod change{};
    change.mod_op = LDAP_MOD_REPLACE | LDAP_MOD_BVALUES;
    change.mod_type = attribute.data();
    change.mod_vals.modv_bvals = values.data();
    std::array<LDAPMod*, 2> changes{&change, nullptr};
    expect_success(ldap_modify_ext_s(handle, dn.c_str(), changes.data(), nullptr, nullptr), attribute + " of " + dn);
}
} // namespace

OpenLdapPassword::OpenLdapPassword(const Lab& lab, const SamplePerson& person, std::string_view password)
    : lab_(lab), person_(person)
{
    set(password);
}

OpenLdapPassword::~OpenLdapPassword()
{
    try {
        set(person_.password);
    } catch (const std::exception& error) {
        WARN("the old password is not back: " << error.what());
    }
}

void OpenLdapPassword::set(std::string_view password)
{
    const LdapHandle handle = administrator(lab_);
    const std::string dn = "uid=" + person_.name + ",ou=people,dc=campus,dc=example";
    replace(handle.get(), dn, "userPassword", password);
    replace(handle.get(), dn, "pwdReset", "FALSE"); // ppolicy asks for another one where somebody else has set it
}

} // namespace gatehouse::integration
