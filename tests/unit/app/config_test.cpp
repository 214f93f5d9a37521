#include "app/config.hpp"

#include <catch2/catch.hpp>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using gatehouse::app::Config;
using gatehouse::app::read_config;
using namespace std::chrono_literals;

namespace
{
/// A folder of its own for one test, gone with it.
class Folder
{
public:
    Folder()
    {
        std::string name = std::filesystem::temp_directory_path() / "gatehouse-config-XXXXXX";
        REQUIRE(::mkdtemp(name.data()));
        path_ = name;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) const
    {
        const std::string file = path_ + '/' + name;
        std::ofstream(file, std::ios::binary) << text;
        REQUIRE(::chmod(file.c_str(), mode) == 0);
        return file;
    }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

void replace(std::string& text, std::string_view from, std::string_view to)
{
    const std::size_t at = text.find(from);
    INFO(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
}

std::string contents(const std::string& file)
{
    std::ifstream stream(file, std::ios::binary);
    REQUIRE(stream.good());
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

// Lines are numbered in the comments, since the expectations below name them.
const std::string sound = R"(log: {level: warn}
audit: {file: /var/log/gatehouse/audit.jsonl}
process:
  workers: 2
  secret_memory: 2MiB
  refusal_grid: 100ms
realms:
  - name: CAMPUS
    default: true
    netbios: CAMPUS
    upn_suffixes: [Campus.Example]
    mail_domains: [campus.example]
    directory:
      type: openldap
      servers: [ldap1.campus.example, "ldap2.campus.example:1636"]
      tls:
        mode: ldaps
        verify: true
      bind:
        dn: cn=gatehouse,dc=campus,dc=example
        password_file: FOLDER/bind
      people:
        base: ou=people,dc=campus,dc=example
      groups:
        base: ou=groups,dc=campus,dc=example
  - name: FOREST
    directory:
      type: active-directory
      srv_domain: forest.example
      site: Berlin
      bind: {dn: gatehouse@forest.example, password_file: FOLDER/bind}
services:
  ftp: {allow_groups: [Staff, students]}
listeners:
  - name: imap
    door: saslauthd
    socket: {path: /run/gatehouse/mux, owner: root, group: root, mode: 0660}
    services: [imap, pop]
    realms: [campus]
  - name: ftp
    door: extauth
    socket: {path: /run/gatehouse/ftp, mode: "0600"}
    peer_uids: [root, 33]
    account: {uid: 5001, gid: 5001, home: "/srv/ftp/{mailbox}"}
    limits: {connections: 100, in_flight: 8, request: 2s, login: 1m}
)"; // 45 lines

/// The sound configuration with one replacement after the other, read.
gatehouse::Result<Config> read_with(const Folder& folder,
                                    const std::vector<std::pair<std::string_view, std::string_view>>& edits)
{
    folder.write("bind", "secret\n");
    std::string text = sound;
    for (const auto& [from, to] : edits)
        replace(text, from, to);
    for (std::size_t at; (at = text.find("FOLDER")) != std::string::npos;)
        text.replace(at, 6, folder.path());
    return read_config(folder.write("authd.yaml", text));
}

/// The faults, with the folder's name taken out again.
std::string faults_of(const Folder& folder, const gatehouse::Result<Config>& config)
{
    if (config)
        return "no fault";
    REQUIRE(config.error().kind == gatehouse::ErrorKind::invalid);
    std::string text = config.error().text;
    for (std::size_t at; (at = text.find(folder.path() + '/')) != std::string::npos;)
        text.erase(at, folder.path().size() + 1);
    return text;
}

struct Case {
    std::string_view from;
    std::string_view to;
    std::string fault;
};

void require_faults(const std::vector<Case>& cases)
{
    const Folder folder;
    for (const Case& each : cases) {
        INFO("with: " << each.to);
        CHECK(faults_of(folder, read_with(folder, {{each.from, each.to}})) == "authd.yaml:" + each.fault);
    }
}
} // namespace

TEST_CASE("a sound configuration becomes the value that it describes", "[unit][config]")
{
    const Folder folder;
    const auto config = read_with(folder, {});
    INFO(faults_of(folder, config));
    REQUIRE(config);
    CHECK(config->warnings.empty());
    CHECK(config->log_level == "warn");
    CHECK(config->audit.file == "/var/log/gatehouse/audit.jsonl");
    CHECK(config->process.workers == 2);
    CHECK(config->process.secret_memory == 2 * 1024 * 1024);
    CHECK(config->process.refusal_grid == 100ms);
    CHECK(config->process.network_threads == 32);

    REQUIRE(config->realms.size() == 2);
    const auto& names = config->realms[0].names;
    CHECK(names.realm == "CAMPUS");
    CHECK(names.is_default);
    CHECK(names.upn_suffixes == std::vector<std::string>{"campus.example"});
    const auto& ldap = std::get<gatehouse::directory::OpenLdapSettings>(config->realms[0].directory);
    CHECK(ldap.realm == "CAMPUS");
    CHECK(ldap.servers.hosts == std::vector<std::string>{"ldap1.campus.example", "ldap2.campus.example:1636"});
    CHECK(ldap.bind.password_file == folder.path() + "/bind");
    CHECK(ldap.people_base == "ou=people,dc=campus,dc=example");
    CHECK(ldap.groups_base == "ou=groups,dc=campus,dc=example");
    CHECK(ldap.name_attribute == "uid");
    const auto& forest = std::get<gatehouse::directory::ActiveDirectorySettings>(config->realms[1].directory);
    CHECK(forest.servers.srv_domain == "forest.example");
    CHECK(forest.servers.site == "Berlin");

    CHECK(config->services.at("ftp").allow_groups.of("FOREST") == gatehouse::NamedGroups::Set{"staff", "students"});
    REQUIRE(config->listeners.size() == 2);
    CHECK(config->listeners[0].pins.door == "saslauthd");
    CHECK(config->listeners[0].pins.realms.contains("CAMPUS")); // spelt as the realm spells itself
    CHECK(config->listeners[0].socket.mode == 0660);
    const auto& ftp = config->listeners[1];
    CHECK(ftp.door == gatehouse::door::DoorKind::extauth);
    CHECK(ftp.socket.mode == 0600);
    CHECK(ftp.pins.peer_uids == std::set<std::uint32_t>{0, 33});
    REQUIRE(ftp.account);
    CHECK(ftp.account->home == "/srv/ftp/{mailbox}");
    CHECK(ftp.limits.login == 60s);
}

TEST_CASE("an unknown key is a fault that names its place and the nearest key", "[unit][config]")
{
    require_faults({
        {"verify: true", "verifiy: true",
         "18:9: realms[0].directory.tls: unknown key \"verifiy\" (did you mean \"verify\"?)"},
        {"log:", "lgo:", "1:1: unknown key \"lgo\" (did you mean \"log\"?)"},
        {"workers: 2", "quantum: 2", "4:3: process: unknown key \"quantum\""},
        {"owner: root", "<<: root", "37:40: listeners[0].socket: unknown key \"<<\""},
        {"site: Berlin", "type: local", "30:7: realms[1].directory: duplicate key \"type\" (first on line 28)"},
        {"audit:", "log:", "1:1: missing key \"audit\"\nauthd.yaml:2:1: duplicate key \"log\" (first on line 1)"},
    });
}

TEST_CASE("a value of the wrong type or out of range is a fault that says what was expected", "[unit][config]")
{
    require_faults({
        {"level: warn", "level: warm",
         "1:14: log.level: expected one of debug, info, warn, error, found \"warm\" (did you mean \"warn\"?)"},
        {"workers: 2", "workers: two", "4:12: process.workers: expected a whole number from 0 to 256, found \"two\""},
        {"workers: 2", "workers: \"2\"", "4:12: process.workers: expected a whole number from 0 to 256, found \"2\""},
        {"workers: 2", "workers: -1", "4:12: process.workers: expected a whole number from 0 to 256, found \"-1\""},
        {"workers: 2", "workers: 257", "4:12: process.workers: expected a whole number from 0 to 256, found \"257\""},
        {"workers: 2", "workers: 99999999999999999999999",
         "4:12: process.workers: expected a whole number from 0 to 256, found \"99999999999999999999999\""},
        {"workers: 2", "workers: [2]", "4:12: process.workers: expected a whole number from 0 to 256, found a list"},
        {"workers: 2", "workers:", "4:3: process.workers: expected a whole number from 0 to 256, found nothing"},
        {"2MiB", "2MB",
         "5:18: process.secret_memory: expected a size such as 512KiB or 4MiB, from 64KiB to 1GiB, found \"2MB\""},
        {"2MiB", "99999999999999999GiB",
         "5:18: process.secret_memory: expected a size such as 512KiB or 4MiB, from 64KiB to 1GiB, found "
         "\"99999999999999999GiB\""},
        {"100ms", "100",
         "6:17: process.refusal_grid: expected a duration such as 200ms, 5s or 2m, from 0ms to 5s, found \"100\""},
        {"100ms", "6s",
         "6:17: process.refusal_grid: expected a duration such as 200ms, 5s or 2m, from 0ms to 5s, found \"6s\""},
        {"verify: true", "verify: yes", "18:17: realms[0].directory.tls.verify: expected true or false, found \"yes\""},
        {"verify: true", "verify: \"true\"",
         "18:17: realms[0].directory.tls.verify: expected true or false, found \"true\""},
        {"mode: ldaps", "mode: ldap",
         "17:15: realms[0].directory.tls.mode: expected one of ldaps, starttls, clear-text, found "
         "\"ldap\" (did you mean \"ldaps\"?)"},
        {"mode: 0660", "mode: 660",
         "37:72: listeners[0].socket.mode: expected an octal mode such as \"0660\", found "
         "\"660\""},
        {"mode: 0660", "mode: \"0680\"",
         "37:72: listeners[0].socket.mode: expected an octal mode such as \"0660\", "
         "found \"0680\""},
        {"mode: 0660", "mode: 01777",
         "37:72: listeners[0].socket.mode: expected an octal mode such as \"0660\", "
         "found \"01777\""},
        {"[imap, pop]", "imap", "38:15: listeners[0].services: expected a list, found \"imap\""},
        {"[imap, pop]", "[imap, imap]", "38:22: listeners[0].services[1]: \"imap\" is in the list already"},
        {"[imap, pop]", "[]",
         "38:15: listeners[0].services: the list is empty (leave the key out to restrict nothing)"},
        {"[imap, pop]", "[imap, {}]", "38:22: listeners[0].services[1]: expected text, found a mapping"},
        {"[imap, pop]", "[imap, \"a\\nb\"]", "38:22: listeners[0].services[1]: has a control character"},
        {"[Staff, students]", "[]",
         "33:23: services.ftp.allow_groups: the list is empty (leave the key out to restrict nothing)"},
        {"{allow_groups: [Staff, students]}", "{}", "33:8: services.ftp: missing key \"allow_groups\""},
        {"{level: warn}", "warn", "1:6: log: expected a mapping, found \"warn\""},
    });
}

TEST_CASE("the faults of a realm", "[unit][config]")
{
    require_faults({
        {"name: FOREST", "name: campus", "26:11: realms[1].name: a realm named \"CAMPUS\" exists already"},
        {"name: FOREST", "name: a@b",
         "26:11: realms[1].name: expected a word without '@', '\\', '/' and blanks, found "
         "\"a@b\""},
        {"name: FOREST", "default: false", "26:5: realms[1]: missing key \"name\""},
        {"name: FOREST\n", "name: FOREST\n    default: true\n",
         "27:14: realms[1].default: realm \"CAMPUS\" is the default already"},
        {"type: openldap", "type: oracle",
         "14:13: realms[0].directory.type: expected one of active-directory, openldap, local, found \"oracle\""},
        {"type: active-directory", "kind: active-directory", "28:7: realms[1].directory: missing key \"type\""},
        {"srv_domain: forest.example\n", "servers: [a]\n      srv_domain: forest.example\n",
         "30:19: realms[1].directory.srv_domain: give servers or srv_domain, not both"},
        {"      srv_domain: forest.example\n", "",
         "28:7: realms[1].directory: missing key \"servers\" (or \"srv_domain\", to find them in DNS)"},
        {"ldap1.campus.example", "\"ldaps://ldap1\"",
         "15:17: realms[0].directory.servers[0]: expected a host name, alone or with a port "
         "(dc1.campus.example:636), found \"ldaps://ldap1\""},
        {":1636", ":65536",
         "15:39: realms[0].directory.servers[1]: expected a host name, alone or with a port "
         "(dc1.campus.example:636), found \"ldap2.campus.example:65536\""},
        {"site: Berlin", "dns_server: ns1",
         "30:19: realms[1].directory.dns_server: expected the address of a name server, alone or with a port, found "
         "\"ns1\""},
        {"verify: true", "ca_file: ca.pem",
         "18:18: realms[0].directory.tls.ca_file: expected an absolute path (it begins with /)"},
        {"verify: true", "ca_file: /nowhere/ca.pem",
         "18:18: realms[0].directory.tls.ca_file: /nowhere/ca.pem: cannot open: No such file or directory"},
        {"verify: true", "ca_file: FOLDER/bind",
         "18:18: realms[0].directory.tls.ca_file: bind: holds no certificate (expected PEM)"},
        {"FOLDER/bind", "bind",
         "21:24: realms[0].directory.bind.password_file: expected an absolute path (it begins with /)"},
        {"FOLDER/bind", "FOLDER/none",
         "21:24: realms[0].directory.bind.password_file: none: cannot open: No such file or directory"},
        {"password_file: FOLDER/bind", "password: hunter2",
         "21:19: realms[0].directory.bind.password: a secret never stands in this file; use password_file or "
         "password_credential"},
        {"        password_file: FOLDER/bind\n", "",
         "20:9: realms[0].directory.bind: missing key \"password_file\" (or \"password_credential\")"},
        {"      bind: {dn: gatehouse@forest.example, password_file: FOLDER/bind}\n", "",
         "28:7: realms[1].directory: missing key \"bind\""},
        {"base: ou=people,dc=campus,dc=example", "name: cn",
         "23:9: realms[0].directory.people: missing key \"base\" (or \"dn_template\")"},
        {"base: ou=people,dc=campus,dc=example", "dn_template: \"uid=%u,dc=example\"",
         "23:22: realms[0].directory.people.dn_template: expected a DN with {name} in it once, such as "
         "\"uid={name},ou=people,dc=campus,dc=example\""},
        {"base: ou=groups", "filter: x\n        base: ou=groups",
         "25:9: realms[0].directory.groups: unknown key "
         "\"filter\""},
        {"base: ou=people", "filter: (uid=*))(\n        base: ou=people",
         "23:17: realms[0].directory.people.filter: expected an LDAP filter in parentheses, found \"(uid=*))(\""},
        {"[campus.example]", "[alice@campus.example]",
         "12:20: realms[0].mail_domains[0]: expected a domain such as campus.example, found \"alice@campus.example\""},
    });
}

TEST_CASE("the faults of a listener", "[unit][config]")
{
    const std::string longest(107 - std::string_view("/run/").size(), 'x');
    const Folder folder;
    CHECK(read_with(folder, {{"/run/gatehouse/mux", "/run/" + longest}}));
    const std::string too_long = "/run/x" + longest;
    require_faults({
        {"name: ftp", "name: imap", "40:11: listeners[1].name: another listener has this name (line 35)"},
        {"/run/gatehouse/ftp", "/run/gatehouse//x/../mux",
         "42:20: listeners[1].socket.path: another listener has this socket path (line 37)"},
        {"/run/gatehouse/ftp", "run/ftp",
         "42:20: listeners[1].socket.path: expected an absolute path (it begins with /)"},
        {"/run/gatehouse/ftp", too_long,
         "42:20: listeners[1].socket.path: longer than 107 bytes, the system's limit for a socket"},
        {"door: saslauthd", "door: sasl",
         "36:11: listeners[0].door: expected one of saslauthd, dovecot, dovecot-userdb, extauth, native, found "
         "\"sasl\""},
        {"owner: root", "owner: nobody-like-this",
         "37:47: listeners[0].socket.owner: unknown user \"nobody-like-this\""},
        {"group: root", "group: nobody-like-this",
         "37:60: listeners[0].socket.group: unknown group \"nobody-like-this\""},
        {"[root, 33]", "[root, nobody-like-this]",
         "43:23: listeners[1].peer_uids[1]: unknown user \"nobody-like-this\""},
        {"[root, 33]", "[4294967295]",
         "43:17: listeners[1].peer_uids[0]: expected a whole number from 0 to 4294967294, found \"4294967295\""},
        {"realms: [campus]", "realms: [CAMPUS, LAB]", "39:22: listeners[0].realms[1]: unknown realm \"LAB\""},
        {"    account: {uid: 5001, gid: 5001, home: \"/srv/ftp/{mailbox}\"}\n", "",
         "40:5: listeners[1]: missing key \"account\""},
        {"uid: 5001", "uid: root", "44:20: listeners[1].account.uid: user \"root\" is not allowed here"},
        {"uid: 5001", "uid: 0",
         "44:20: listeners[1].account.uid: expected a whole number from 1 to 4294967294, found \"0\""},
        {"{mailbox}", "{dir}",
         "44:43: listeners[1].account.home: expected no other braces than {name}, {mailbox} and {realm}"},
        {"realms: [campus]", "account: {uid: 1}",
         "39:14: listeners[0].account: door saslauthd has no use for this key"},
        {"realms: [campus]", "mechanisms: [PLAIN]",
         "39:17: listeners[0].mechanisms: door saslauthd has no use for this key"},
        {"realms: [campus]", "may_control: true",
         "39:18: listeners[0].may_control: door saslauthd has no use for this key"},
        {"request: 2s", "request: 2d",
         "45:55: listeners[1].limits.request: expected a duration such as 200ms, 5s or 2m, from 100ms to 10m, found "
         "\"2d\""},
        {"listeners:\n", "listeners: []\nx:\n",
         "34:12: listeners: expected at least one listener\nauthd.yaml:35:1: "
         "unknown key \"x\""},
    });
}

TEST_CASE("a listener offers a mechanism only where what it stands on is there", "[unit][config]")
{
    const std::string door = "door: dovecot\n    mechanisms: ";
    require_faults({
        {"door: saslauthd", door + "[SCRAM-SHA-256]",
         "37:18: listeners[0].mechanisms[0]: no realm keeps SCRAM verifiers: only a realm of type local does"},
        {"door: saslauthd", door + "[EXTERNAL]",
         "37:18: listeners[0].mechanisms[0]: the listener needs may_external: true, which lets it vouch for client "
         "certificates"},
        {"realms: [campus]", "may_external: true",
         "39:19: listeners[0].may_external: door saslauthd has no use for this key"},
        {"door: saslauthd", door + "[GSSAPI]",
         "37:18: listeners[0].mechanisms[0]: no realm takes tickets: a realm needs tickets: {keytab: FILE}"},
        {"realms: [campus]", "may_act_for_others: [campus\\mail-admins]",
         "39:25: listeners[0].may_act_for_others: door saslauthd has no use for this key"},
    });
    const Folder folder;
    const std::string people = "people: [{name: alice, password: \"$argon2id$v=19$m=64,t=1,p=1$"
                               "MDEyMzQ1Njc4OWFiY2RlZg$SxSH0vf0Kcm8Cw6p+3YTBZ1n8PxIZCqdGtTcJEQOJAE\"}]\n";
    const auto listing = [&](const std::string& lines, const std::string& of_realm = {}) {
        const std::string file = folder.write("people.yaml", people);
        return faults_of(
            folder, read_config(folder.write("authd.yaml",
                                             "audit: {file: \"-\"}\nrealms:\n  - name: LOCAL\n    directory: {type: "
                                             "local, people_file: " +
                                                 file + "}\n" + of_realm +
                                                 "listeners:\n  - name: l\n    socket: {path: /run/x}\n" + lines)));
    };
    CHECK(listing(
              "    door: dovecot\n    may_external: true\n    mechanisms: [SCRAM-SHA-256, SCRAM-SHA-1, EXTERNAL]\n") ==
          "no fault");
    CHECK(listing("    door: native\n    mechanisms: [SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS, SCRAM-SHA-256]\n") ==
          "no fault");
    CHECK(listing("    door: dovecot\n    may_act_for_others: [Mail-Admins]\n    mechanisms: [GSSAPI, GSS-SPNEGO]\n",
                  "    kerberos_realm: LOCAL.EXAMPLE\n    tickets: {keytab: /etc/gatehouse/mail.keytab}\n") ==
          "no fault");
    CHECK(listing("    door: dovecot\n    mechanisms: [GSSAPI]\n",
                  "    tickets: {keytab: /etc/gatehouse/mail.keytab}\n") ==
          "authd.yaml:5:14: realms[0].tickets: the realm needs kerberos_realm, too");
    CHECK(
        listing("    door: dovecot\n    mechanisms: [NTLM]\n") ==
        "authd.yaml:9:18: listeners[0].mechanisms[0]: NTLM proves people of Active Directory only, and no realm is of "
        "that type");
    CHECK(listing("    door: dovecot\n    mechanisms: [SCRAM-SHA-256-PLUS]\n") ==
          "authd.yaml:9:18: listeners[0].mechanisms[0]: door dovecot has no channel bindings in its protocol: only the "
          "native door offers this mechanism");
}

TEST_CASE("servers and name servers are hosts and addresses, alone or with a port", "[unit][config]")
{
    const Folder folder;
    for (const std::string_view server : {"a", "a:1", "127.0.0.1:65535", "\"[::1]\"", "\"[::1]:636\""}) {
        INFO(server);
        CHECK(read_with(folder, {{"ldap1.campus.example", server}}));
    }
    for (const std::string_view server : {"\"[::1\"", "\"[a]\"", "\"[::1]636\"", "\"[]:1\"", "\":1\"", "\"a:\"", "a:0",
                                          "a:65536", "a:1x", "a:b", "a/b", "\"::1\""}) {
        INFO(server);
        CHECK_FALSE(read_with(folder, {{"ldap1.campus.example", server}}));
    }
    for (const std::string_view server : {"127.0.0.1", "127.0.0.1:53", "\"::1\"", "\"[::1]:53\""}) {
        INFO(server);
        CHECK(read_with(folder, {{"Berlin", std::string(server) + "\n      dns_server: " + std::string(server)}}));
    }
    for (const std::string_view server : {"ns.example", "127.0.0.1:0", "\"[::1]53\"", "127.0.0"}) {
        INFO(server);
        CHECK_FALSE(read_with(folder, {{"Berlin", "Berlin\n      dns_server: " + std::string(server)}}));
    }
}

TEST_CASE("every fault is told at once, in the order of the file", "[unit][config]")
{
    const Folder folder;
    const auto config = read_with(folder, {{"name: ftp", "nmae: ftp"}, {"level: warn", "level: loud"}, {"2MiB", "2"}});
    CHECK(faults_of(folder, config) ==
          "authd.yaml:1:14: log.level: expected one of debug, info, warn, error, found \"loud\"\n"
          "authd.yaml:5:18: process.secret_memory: expected a size such as 512KiB or 4MiB, from 64KiB to 1GiB, found "
          "\"2\"\n"
          "authd.yaml:40:5: listeners[1]: missing key \"name\"\n"
          "authd.yaml:40:5: listeners[1]: unknown key \"nmae\" (did you mean \"name\"?)");
}

TEST_CASE("a file that is no document of ours is refused with its place", "[unit][config]")
{
    const Folder folder;
    const auto fault = [&](const std::string& text) {
        return faults_of(folder, read_config(folder.write("authd.yaml", text)));
    };
    CHECK(fault("") == "authd.yaml:1:1: the file is empty");
    CHECK(fault("# nothing but this\n") == "authd.yaml:1:1: the file is empty");
    CHECK(fault("log\n") == "authd.yaml:1:1: expected a mapping, found \"log\"");
    CHECK(fault("log: {level: info\n") == "authd.yaml:2:1: end of map flow not found");
    CHECK(fault("log:\n\tlevel: info\n").starts_with("authd.yaml:2:7: "));
    CHECK(fault("log: &l {}\naudit: *l\n") ==
          "authd.yaml:1:6: anchors are not supported: write the value out where it is needed");
    CHECK(fault("log: *l\n").starts_with("authd.yaml:1:6: "));
    CHECK(fault("log: !!map {}\n") == "authd.yaml:1:6: tags are not supported");
    CHECK(fault("log: {}\n---\nlog: {}\n") == "authd.yaml:3:1: a second document begins here (expected one)");
    CHECK(fault("log: {[a]: b}\n") == "authd.yaml:1:7: a key must be a word");
    CHECK(fault("log: \"\xff\"\n") == "authd.yaml:1:1: this line is not UTF-8");
    CHECK(fault(std::string("log: a\0b\n", 9)) == "authd.yaml:1:7: a control character (expected text)");
    CHECK(fault("log: " + std::string(20, '[') + std::string(20, ']') + "\n") ==
          "authd.yaml:1:21: nested deeper than 16 levels");
    CHECK(fault(std::string(200'000, '[')).starts_with("authd.yaml:1:9: nested deeper"));
    CHECK(fault(std::string(1024 * 1024 + 1, '#')) == "authd.yaml: larger than 1MiB");
    CHECK(faults_of(folder, read_config(folder.path() + "/none")) == "none: cannot open: No such file or directory");
    CHECK(read_config(folder.path()).error().text == folder.path() + ": not a regular file");
    REQUIRE(::mkfifo((folder.path() + "/pipe").c_str(), 0600) == 0);
    CHECK(faults_of(folder, read_config(folder.path() + "/pipe")) == "pipe: not a regular file"); // and does not hang
}

TEST_CASE("a secret file must be there, private and not empty", "[unit][config]")
{
    const Folder folder;
    const std::string place = "authd.yaml:21:24: realms[0].directory.bind.password_file: open: ";
    folder.write("open", "secret\n", 0644);
    CHECK(faults_of(folder, read_with(folder, {{"FOLDER/bind", "FOLDER/open"}})) ==
          place + "others may read or change it; expected mode 0600 or 0640: chmod o= open");
    folder.write("open", "\nsecret\n");
    CHECK(faults_of(folder, read_with(folder, {{"FOLDER/bind", "FOLDER/open"}})) ==
          place + "the first line is empty (expected the secret)");
}

TEST_CASE("a credential of systemd stands in the unit's folder", "[unit][config]")
{
    const Folder folder;
    const std::string place = "authd.yaml:21:30: realms[0].directory.bind.password_credential: ";
    const std::vector<std::pair<std::string_view, std::string_view>> edits{
        {"password_file: FOLDER/bind", "password_credential: bind"}};
    ::unsetenv("CREDENTIALS_DIRECTORY");
    CHECK(faults_of(folder, read_with(folder, edits)) ==
          place + "CREDENTIALS_DIRECTORY is not set: start the daemon by systemd with LoadCredential=bind:FILE, or use "
                  "password_file");
    ::setenv("CREDENTIALS_DIRECTORY", folder.path().c_str(), 1);
    const auto config = read_with(folder, edits);
    INFO(faults_of(folder, config));
    REQUIRE(config);
    CHECK(std::get<gatehouse::directory::OpenLdapSettings>(config->realms[0].directory).bind.password_file ==
          folder.path() + "/bind");
    CHECK(faults_of(folder, read_with(folder, {{"password_file: FOLDER/bind", "password_credential: ../bind"}})) ==
          place + "expected the name of a credential (LoadCredential=NAME:FILE in the unit)");
    ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_CASE("the people file of a local realm is checked with the configuration", "[unit][config]")
{
    const Folder folder;
    const auto with = [&] {
        return faults_of(folder, read_with(folder, {{"type: active-directory", "type: local"},
                                                    {"      srv_domain: forest.example\n      site: Berlin\n",
                                                     "      people_file: FOLDER/people.yaml\n"},
                                                    {"      bind: {dn: gatehouse@forest.example, password_file: "
                                                     "FOLDER/bind}\n",
                                                     ""}}));
    };
    CHECK(with() == "authd.yaml:29:20: realms[1].directory.people_file: people.yaml: cannot open: No such file or "
                    "directory");
    folder.write("people.yaml", "people:\n  - {name: alice}\n");
    CHECK(with() == "people.yaml:2:5: people[0]: missing key \"password\"");
    folder.write("people.yaml", "people: []\n");
    CHECK(with() == "no fault");
}

TEST_CASE("what weakens the directory's protection is a warning", "[unit][config]")
{
    const Folder folder;
    const auto clear = read_with(folder, {{"mode: ldaps", "mode: clear-text"}});
    REQUIRE(clear);
    CHECK(clear->warnings == std::vector<std::string>{
                                 folder.path() + "/authd.yaml:17:15: realms[0].directory.tls.mode: passwords cross the "
                                                 "network in clear text; use ldaps or starttls"});
    const auto blind = read_with(folder, {{"verify: true", "verify: false"}});
    REQUIRE(blind);
    CHECK(blind->warnings ==
          std::vector<std::string>{folder.path() +
                                   "/authd.yaml:18:17: realms[0].directory.tls.verify: anybody on the network can pose "
                                   "as the directory and collect passwords; set ca_file instead"});
}

/// The configuration that is installed, with files that exist here and without groups that do not.
std::string installed_configuration(const Folder& folder)
{
    std::string text = contents(std::filesystem::path(__FILE__).parent_path() / "../../../config/authd.yaml");
    const auto ca = folder.write("ca.pem", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n");
    const auto people = folder.write("people.yaml", "people: []\n");
    replace(text, "/etc/gatehouse/campus-ca.pem", ca);
    replace(text, "/etc/gatehouse/lab-ca.pem", ca);
    replace(text, "/etc/gatehouse/secrets/campus", folder.write("campus", "secret\n"));
    replace(text, "/etc/gatehouse/secrets/lab", folder.write("lab", "secret\n"));
    replace(text, "/etc/gatehouse/people.yaml", people);
    return std::regex_replace(text, std::regex("group: [a-z-]+"), "group: root");
}

TEST_CASE("the configuration that is installed is sound", "[unit][config]")
{
    const Folder folder;
    const auto config = read_config(folder.write("authd.yaml", installed_configuration(folder)));
    INFO(faults_of(folder, config));
    REQUIRE(config);
    CHECK(config->warnings.empty());
    CHECK(config->realms.size() == 1);
    CHECK(config->listeners.size() == 3);
}

TEST_CASE("what the installed configuration shows in comments is sound as well", "[unit][config]")
{
    const Folder folder;
    const std::string text = std::regex_replace(installed_configuration(folder), std::regex("\n#  "), "\n  ");
    const auto config = read_config(folder.write("authd.yaml", text));
    INFO(faults_of(folder, config));
    REQUIRE(config);
    CHECK(config->realms.size() == 3);
    CHECK(config->listeners.size() == 8);
}

/// A file in memory: thousands of them are read in a moment.
class MemoryFile
{
public:
    MemoryFile() : fd_(::memfd_create("authd.yaml", MFD_CLOEXEC)) { REQUIRE(fd_ >= 0); }
    ~MemoryFile() { ::close(fd_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    std::string write(const std::string& text) const
    {
        REQUIRE(::ftruncate(fd_, 0) == 0);
        REQUIRE(::pwrite(fd_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
        return "/proc/self/fd/" + std::to_string(fd_);
    }

private:
    int fd_;
};

TEST_CASE("a file cut at any byte, and with any byte spoilt, is read or refused", "[unit][config]")
{
    const MemoryFile file;
    const auto ends = [&](const std::string& text) {
        const auto config = read_config(file.write(text));
        return config || !config.error().text.empty();
    };
    for (std::size_t length = 0; length < sound.size(); ++length)
        REQUIRE(ends(sound.substr(0, length)));
    for (const char spoilt : {'\t', '[', '}', '"', '\'', '&', '*', '!', '|', '-', ':', '\n', '%', '\x80'})
        for (std::size_t at = 0; at < sound.size(); at += 7) {
            std::string text = sound;
            text[at] = spoilt;
            REQUIRE(ends(text));
        }
}
