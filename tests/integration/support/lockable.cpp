#include "support/lockable.hpp"

#include "support/lab.hpp"

#include <cstdio>
#include <stdexcept>
#include <vector>

namespace gatehouse::integration
{

namespace
{
bool openldap()
{
    return Lab::current().is(DirectoryKind::openldap);
}

std::string directory_uri()
{
    return Lab::current().show(openldap() ? "slapd" : "samba-ad").at("tls_uri");
}

Environment trust()
{
    return {{"LDAPTLS_CACERT", (Lab::current().folder() / "ca/ca.pem").string()}};
}

void forget_after(const std::string& seconds)
{
    const Lab& lab = Lab::current();
    if (openldap())
        lab.must("slapd", {"change", "set-policy", "lockable", "pwdFailureCountInterval", seconds});
    else
        lab.must("samba-ad", {"change", "lockout", "5", seconds});
}

/// The person's values of an attribute, as the directory shows them to the account that searches.
std::vector<std::string> values(const std::string& name, const std::string& attribute)
{
    const Lab& lab = Lab::current();
    const Output found =
        run({"ldapsearch", "-x", "-LLL", "-H", directory_uri(), "-D",
             openldap() ? "cn=svc-gatehouse,ou=services,dc=campus,dc=example" : "svc-gatehouse@campus.example", "-y",
             (lab.folder() / (openldap() ? "slapd" : "dc1") / "search-password").string(), "-b", "dc=campus,dc=example",
             (openldap() ? "(uid=" : "(sAMAccountName=") + name + ")", attribute},
            {.environment = trust()});
    if (!found.ok())
        throw std::runtime_error("ldapsearch: " + found.text());
    std::vector<std::string> all;
    const std::string begin = "\n" + attribute + ": ";
    for (std::size_t at = found.out.find(begin); at != std::string::npos; at = found.out.find(begin, at + 1)) {
        const std::size_t value = at + begin.size();
        all.push_back(found.out.substr(value, found.out.find('\n', value) - value));
    }
    return all;
}
} // namespace

Lockable::Lockable() : person_("nina")
{
    forget_after("600");
    if (openldap())
        person_.change("policy", "lockable");
}

Lockable::~Lockable()
{
    try {
        forget_after("5");
    } catch (const std::exception& error) {
        std::fprintf(stderr, "the lockout policy is not back: %s\n", error.what());
    }
}

std::size_t Lockable::wrong_passwords() const
{
    if (openldap())
        return values(name(), "pwdFailureTime").size();
    const auto count = values(name(), "badPwdCount");
    return count.empty() ? 0 : std::stoul(count.front());
}

bool Lockable::locked() const
{
    if (openldap())
        return !values(name(), "pwdAccountLockedTime").empty();
    const auto since = values(name(), "lockoutTime");
    return !since.empty() && since.front() != "0";
}

Reply Lockable::bind(const std::string& password) const
{
    const Output output =
        run({"ldapsearch", "-x", "-LLL", "-s", "base", "-b", "", "-H", directory_uri(), "-D",
             openldap() ? "uid=" + name() + ",ou=people,dc=campus,dc=example" : name() + "@campus.example", "-y",
             "/dev/stdin"},
            {.input = password, .environment = trust()});
    constexpr int invalid_credentials = 49; // LDAP's result code is the exit status
    return {output.ok()                            ? Told::granted
            : output.status == invalid_credentials ? Told::denied
                                                   : Told::unavailable,
            output.text()};
}

} // namespace gatehouse::integration
