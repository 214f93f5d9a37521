// What authd asks for: attributes that the schema must have, controls that the server must know, indexes without which
// each login searches everybody.
#include "doctor/check.hpp"
#include "doctor/cures.hpp"

#include "base/text.hpp"
#include "directory/ad_person.hpp"
#include "directory/ldap_handle.hpp"
#include "directory/number.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::doctor
{

namespace
{
struct Control {
    std::string_view oid;
    std::string_view what;
};
constexpr std::array ad_controls{Control{"1.2.840.113556.1.4.319", "paged results"},
                                 Control{"1.2.840.113556.1.4.417", "deleted objects"},
                                 Control{"1.2.840.113556.1.4.529", "extended DNs"}};
constexpr std::array other_controls{Control{"1.2.840.113556.1.4.319", "paged results"}};

void judge_controls(const Server& server, std::span<const Control> controls, Report& report)
{
    const auto known = server.root_dse.all("supportedControl");
    for (const Control& control : controls)
        if (!known.empty() && std::ranges::find(known, control.oid) == known.end())
            report.fault(server.name,
                         "it does not know the control for " + std::string(control.what) + " (" +
                             std::string(control.oid) + "), which authd needs",
                         {"is it a domain controller or slapd 2.4 or later, and no proxy before one?"});
}

/// MS-ADTS section 2.2.9: bit 0 of searchFlags.
bool is_indexed(const directory::Entry& attribute)
{
    return (directory::parse_number<std::uint32_t>(attribute.first("searchFlags")).value_or(0) & 1) != 0;
}

void judge_ad_attributes(Examination& examination, Report& report)
{
    // By these people are found at each login that is not answered from memory.
    constexpr std::array by{"sAMAccountName", "userPrincipalName", "mail", "proxyAddresses"};
    std::string filter = "(&(objectClass=attributeSchema)(|";
    for (const char* const name : by)
        filter += "(lDAPDisplayName=" + std::string(name) + ')';
    const auto found =
        examination.find({.base = std::string(examination.working()->root_dse.first("schemaNamingContext")),
                          .filter = filter + "))",
                          .attributes = {"lDAPDisplayName", "searchFlags"},
                          .max_entries = by.size()});
    if (!found) {
        report.warn({}, "the schema cannot be read: " + found.error().text, {"let the account read it"});
        return;
    }
    for (const char* const name : by) {
        const auto attribute = std::ranges::find_if(*found, [&](const directory::Entry& entry) {
            return text::equal_ignoring_case(entry.first("lDAPDisplayName"), name);
        });
        if (attribute == found->end())
            report.warn(name, "the schema does not have this attribute",
                        {"extend the schema, or ignore this: nobody "
                         "can log in by it"});
        else if (!is_indexed(*attribute))
            report.warn(name, "is not indexed: a login by it searches everybody",
                        {"set bit 0 of searchFlags in " + attribute->dn});
        else
            report.ok(name, "is indexed");
    }
}

/// Does one of the schema's descriptions (RFC 4512 section 4.1.2) have this name?
bool describes(std::span<const std::string> descriptions, const std::string& name)
{
    const std::string quoted = '\'' + text::lower(name) + '\'';
    return std::ranges::any_of(descriptions, [&](const std::string& description) {
        return text::lower(description).find(quoted) != std::string::npos;
    });
}

void judge_other_attributes(Examination& examination, Report& report)
{
    const directory::OpenLdapSettings& settings = *examination.openldap();
    const std::string where(examination.working()->root_dse.first("subschemaSubentry"));
    const auto schema = examination.find({.base = where.empty() ? "cn=Subschema" : where,
                                          .scope = directory::SearchRequest::Scope::base,
                                          .filter = "(objectClass=subschema)",
                                          .attributes = {"attributeTypes"},
                                          .max_entries = 1});
    if (!schema || schema->empty()) {
        report.warn({}, "the schema cannot be read, so the names of attributes are not checked",
                    {"let everybody read cn=Subschema, as slapd does by itself"});
        return;
    }
    const auto descriptions = schema->front().all("attributeTypes");
    std::vector<std::pair<std::string, std::string>> names{{"people.name", settings.name_attribute},
                                                           {"groups.name", settings.group_name_attribute}};
    for (const std::string& name : settings.address_attributes)
        names.emplace_back("people.addresses", name);
    // By default it is asked for wherever it may be, and few schemas have it.
    if (const std::string& name = settings.mail_host_attribute;
        !name.empty() && name != directory::OpenLdapSettings{}.mail_host_attribute)
        names.emplace_back("people.mail_host", name);
    for (const std::string& name : settings.group_member_attributes)
        names.emplace_back("groups.by", name);
    std::size_t missing = 0;
    for (const auto& [key, name] : names)
        if (!describes(descriptions, name) && ++missing > 0)
            report.warn(name, key + " names an attribute that the schema of the server does not have",
                        {"correct " + key + " in authd.yaml, or load the schema that has it"});
    if (missing == 0)
        report.ok({}, "the server has every attribute that the configuration names");
}
} // namespace

void check_schema(Examination& examination, Report& report)
{
    if (examination.working() == nullptr) {
        report.skip("nothing can be searched: see servers and bind-account");
        return;
    }
    const bool ad = examination.active_directory() != nullptr;
    for (const Server& server : examination.servers())
        judge_controls(server, ad ? std::span<const Control>(ad_controls) : other_controls, report);
    if (ad)
        judge_ad_attributes(examination, report);
    else
        judge_other_attributes(examination, report);
}

} // namespace gatehouse::doctor
