#include "support/changes.hpp"

#include <cmath>
#include <iostream>

namespace gatehouse::integration
{

namespace
{
constexpr auto names_of_realm =
    "  - name: CAMPUS\n    default: true\n    netbios: CAMPUS\n    upn_suffixes: [campus.example]\n"
    "    mail_domains: [campus.example]\n    kerberos_realm: CAMPUS.EXAMPLE\n";

std::string bind_as(const std::string& dn)
{
    return "      bind: {dn: \"" + dn +
           "\", password_file: " + (Lab::current().folder() / "authd/secrets/svc-gatehouse").string() + "}\n";
}

std::string tls()
{
    return "      tls: {mode: ldaps, ca_file: " + (Lab::current().folder() / "ca/ca.pem").string() + "}\n";
}

std::string openldap_realm(const std::string& more)
{
    const Place place = Lab::current().place("ldaps");
    return names_of_realm + more + std::string("    directory:\n      type: openldap\n      servers: [") + place.host +
           ":" + std::to_string(place.port) + "]\n" + tls() +
           bind_as("cn=svc-gatehouse,ou=services,dc=campus,dc=example") +
           "      people: {base: \"ou=people,dc=campus,dc=example\", filter: \"(objectClass=inetOrgPerson)\", name: "
           "uid}\n"
           "      groups: {base: \"ou=groups,dc=campus,dc=example\"}\n"
           "      policy: cn=default,ou=policies,dc=campus,dc=example\n";
}

std::string active_directory_realm_with(const std::string& passwords)
{
    const std::string address = Lab::current().show("samba-ad").at("address");
    return names_of_realm + passwords + "    directory:\n      type: active-directory\n      servers: [" + address +
           "]\n      people: {base: \"CN=Users,DC=campus,DC=example\"}\n" + tls() +
           bind_as("svc-gatehouse@campus.example");
}

std::string script_of_directory()
{
    return Lab::current().is(DirectoryKind::openldap) ? "slapd" : "samba-ad";
}

/// At an end: what cannot be put back is told, and fails no test by itself.
void change_back(const std::vector<std::string>& words) noexcept
{
    try {
        change_directory(words);
    } catch (const std::exception& failure) {
        std::cerr << "the directory could not be put back: " << failure.what() << '\n';
    }
}
} // namespace

std::string joined_realm(const std::string& more)
{
    if (Lab::current().is(DirectoryKind::openldap))
        return openldap_realm(more);
    Lab::current().must("samba-ad", {"delegate"});
    const std::filesystem::path keytab = Lab::current().folder() / "promises.keytab";
    Lab::current().must("samba-keytab", {"export", keytab.string()});
    return active_directory_realm_with(more + "    passwords: {by: kerberos, keytab: " + keytab.string() + ", kdcs: [" +
                                       Lab::current().show("samba-ad").at("address") + "]}\n");
}

std::string realm_by_bind()
{
    return active_directory_realm_with({});
}

Undelegated::Undelegated()
{
    Lab::current().must("samba-ad", {"undelegate"});
}

Undelegated::~Undelegated()
{
    const Output back = Lab::current().script("samba-ad", {"delegate"});
    if (!back.ok())
        std::cerr << "the delegation is not back: " << back.text() << '\n';
}

bool feed_is_live(const OwnAuthd& authd)
{
    const auto status = authd.status();
    const auto& realm = status.at("realms").as_array().at(0).as_object();
    return realm.contains("feed") && realm.at("feed").at("live").as_bool();
}

WallTime change_directory(std::vector<std::string> words, const std::string& input)
{
    words.insert(words.begin(), "change");
    const std::string out = Lab::current().must(script_of_directory(), words, {.input = input}).out;
    return WallTime(std::chrono::milliseconds(std::llround(1000 * std::stod(out.substr(out.find('=') + 1)))));
}

TestPerson::TestPerson(std::string name, std::string password)
    : name_(std::move(name)), password_(std::move(password)), name_now_(name_)
{
    change_directory({"create", name_}, password_);
}

TestPerson::~TestPerson()
{
    if (!gone_)
        change_back({"delete", name_now_});
}

WallTime TestPerson::change(const std::string& action, const std::string& argument) const
{
    std::vector<std::string> words{action, name_now_};
    if (!argument.empty())
        words.push_back(argument);
    const WallTime changed_at = change_directory(words);
    gone_ = gone_ || action == "delete";
    return changed_at;
}

WallTime TestPerson::set_password(const std::string& password) const
{
    return change_directory({"set-password", name_now_}, password);
}

WallTime TestPerson::rename(const std::string& name) const
{
    const WallTime changed_at = change_directory({"rename", name_now_, name});
    name_now_ = name;
    return changed_at;
}

WallTime TestPerson::join(const std::string& group) const
{
    return change_directory({"group-add", group, name_now_});
}

WallTime TestPerson::leave(const std::string& group) const
{
    return change_directory({"group-remove", group, name_now_});
}

GroupLink::GroupLink(std::string group, std::string member)
    : group_(std::move(group)),
      member_(std::move(member)),
      taken_out_at_(change_directory({"group-remove", group_, member_}))
{
}

GroupLink::~GroupLink()
{
    change_back({"group-add", group_, member_});
}

} // namespace gatehouse::integration
