#include "doctor_lab.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <iostream>

namespace gatehouse::integration
{

namespace json = boost::json;

namespace
{
std::filesystem::path folder()
{
    const std::filesystem::path folder = Lab::current().folder() / "doctor";
    std::filesystem::create_directories(folder);
    return folder;
}

const std::string& search_password()
{
    static const std::string password =
        run({"/usr/bin/python3", Lab::current().script_file("people.py"), "password", "svc-gatehouse"}).out;
    return password;
}

/// A secret as authd wants it: only its owner may read it.
std::string secret_file(const std::string& secret)
{
    const auto file = folder() / "secret";
    const std::string wanted = secret.empty() ? search_password() : secret;
    if (read_file(file) != wanted) // a daemon tries again when it is written
        write_file(file, wanted);
    std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return file.string();
}

std::string directory_of(const RealmToExamine& realm)
{
    const Lab& lab = Lab::current();
    const bool ad = lab.is(DirectoryKind::active_directory);
    std::string servers = realm.servers;
    if (servers.empty() && ad)
        servers = "srv_domain: campus.example, dns_server: " + domain_shows("address");
    else if (servers.empty())
        servers = "servers: [\"" + lab.place("ldaps").host + ':' + std::to_string(lab.place("ldaps").port) + "\"]";
    const std::string account =
        ad ? "svc-gatehouse@campus.example" : "\"cn=svc-gatehouse,ou=services,dc=campus,dc=example\"";
    const std::string ca = (realm.ca.empty() ? lab.folder() / "ca/ca.pem" : realm.ca).string();
    std::string people = realm.people;
    if (people.empty() && !ad)
        people = "{base: \"ou=people,dc=campus,dc=example\", filter: \"(objectClass=inetOrgPerson)\", name: uid}";
    return std::string("{type: ") + (ad ? "active-directory, " : "openldap, ") + servers +
           ", tls: {mode: " + realm.tls_mode + ", ca_file: " + ca + "}, bind: {dn: " + account +
           ", password_file: " + secret_file(realm.secret) + '}' + (people.empty() ? "" : ", people: " + people) +
           (realm.more.empty() ? "" : ", " + realm.more) + '}';
}

std::string configuration(const RealmToExamine& realm)
{
    std::string passwords = realm.passwords;
    if (passwords.empty() && Lab::current().is(DirectoryKind::active_directory))
        passwords =
            "{by: kerberos, keytab: " + service_keytab().string() + ", kdcs: [" + domain_shows("address") + "]}";
    return "audit: {file: " + (folder() / "audit.jsonl").string() +
           "}\nstore: {file: " + (folder() / "store.db").string() + "}\nrealms:\n" +
           "  - name: CAMPUS\n    default: true\n    netbios: CAMPUS\n    kerberos_realm: " + realm.kerberos_realm +
           "\n    mail_domains: [campus.example]\n" + (passwords.empty() ? "" : "    passwords: " + passwords + '\n') +
           "    directory: " + directory_of(realm) +
           "\nlisteners:\n  - {name: control, door: native, may_control: true, socket: {path: " +
           (folder() / "control").string() + "}}\n";
}

std::vector<std::string> command(const RealmToExamine& realm, const std::vector<std::string>& words)
{
    const auto file = configuration_of(realm, "authd.yaml");
    std::vector<std::string> argv{Lab::current().program("authctl").string()};
    argv.insert(argv.end(), words.begin(), words.end());
    argv.insert(argv.end(), {"--config", file.string()});
    return argv;
}

std::string_view member(const json::value& finding, std::string_view name)
{
    const json::string& text = finding.as_object().at(name).as_string();
    return {text.data(), text.size()};
}

bool is_worse_than_ok(const json::value& finding)
{
    return member(finding, "severity") == "warning" || member(finding, "severity") == "fault";
}
} // namespace

bool Diagnosis::sound() const
{
    return status == 0 && only({});
}

bool Diagnosis::only(const std::vector<std::string>& checks) const
{
    if (!told.is_object())
        return false;
    return std::ranges::none_of(told.as_object().at("findings").as_array(), [&](const json::value& finding) {
        return is_worse_than_ok(finding) && std::ranges::find(checks, member(finding, "check")) == checks.end();
    });
}

bool Diagnosis::tells(std::string_view check, std::string_view severity, std::string_view words,
                      std::string_view cure) const
{
    if (!told.is_object() || status != (severity == "fault" ? 2 : status))
        return false;
    return std::ranges::any_of(told.as_object().at("findings").as_array(), [&](const json::value& finding) {
        const std::string text = std::string(member(finding, "about")) + ": " + std::string(member(finding, "text"));
        return member(finding, "check") == check && member(finding, "severity") == severity &&
               text.find(words) != std::string::npos &&
               json::serialize(finding.as_object().at("cure")).find(cure) != std::string::npos;
    });
}

std::filesystem::path configuration_of(const RealmToExamine& realm, const std::string& name)
{
    const auto file = folder() / name;
    write_file(file, configuration(realm));
    return file;
}

Output authctl_about(const RealmToExamine& realm, const std::vector<std::string>& words)
{
    return run(command(realm, words));
}

Diagnosis examine(const RealmToExamine& realm, const std::vector<std::string>& before)
{
    std::vector<std::string> argv = before;
    const auto words = command(realm, {"doctor", "--json"});
    argv.insert(argv.end(), words.begin(), words.end());
    const Output output = run(argv);
    Diagnosis diagnosis{.status = output.status, .told = {}, .text = output.text()};
    boost::system::error_code not_json;
    diagnosis.told = json::parse(output.out, not_json);
    return diagnosis;
}

void require_sound()
{
    Diagnosis before = examine();
    if (!before.sound()) { // the first test makes the lab so; the others put back what they change
        domain_must({"delegate"});
        export_service_keytab();
        before = examine();
    }
    INFO(before.text);
    REQUIRE(before.sound());
}

PutBack::~PutBack()
{
    try {
        undo_();
    } catch (const std::exception& failure) {
        std::cerr << "the lab could not be put back: " << failure.what() << '\n';
    }
}

const std::string& domain_shows(const std::string& name)
{
    static const std::map<std::string, std::string> shown = Lab::current().show("samba-ad");
    return shown.at(name);
}

void domain_must(const std::vector<std::string>& words, const Environment& environment)
{
    Lab::current().must("samba-ad", words, {.environment = environment});
}

std::filesystem::path service_keytab()
{
    return folder() / "service.keytab";
}

void export_service_keytab()
{
    Lab::current().must("samba-keytab", {"export", service_keytab().string()});
}

} // namespace gatehouse::integration
