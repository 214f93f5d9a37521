// The doctor at a real domain: silent when it is sound, and finds each fault that is made in it, one at a time.
#include "doctor_lab.hpp"
#include "support/eventually.hpp"

#include <catch2/catch.hpp>

#include <csignal>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
void hide(const std::string& attribute)
{
    domain_must({"break", "hide", attribute});
}

/// What is counted at the account that searches.
int wrong_passwords()
{
    const Output shown = run({"samba-tool", "user", "show", "svc-gatehouse", "--attributes=badPwdCount",
                              "--configfile=" + domain_shows("smb_conf")});
    const std::size_t at = shown.out.find("badPwdCount: ");
    return at == std::string::npos ? -1 : std::stoi(shown.out.substr(at + 13));
}

std::unique_ptr<Child> start_daemon(const RealmToExamine& realm)
{
    const std::string program = Lab::current().program("gatehouse-authd").string();
    return std::make_unique<Child>(
        std::vector<std::string>{program, "--config", configuration_of(realm, "daemon.yaml").string()},
        Lab::current().folder() / "log/authd-doctor.log");
}

const std::string records = "_msdcs.campus.example";
const std::string record = "_ldap._tcp.dc";
} // namespace

TEST_CASE("doctor: a sound domain is sound, in one word", "[doctor]")
{
    require_sound();
    const Output said = authctl_about({}, {"doctor"});
    CHECK(said.out == "sound\n");
    CHECK(said.err.empty());
    CHECK(said.status == 0);
    const Output all = authctl_about({}, {"doctor", "campus", "--all"});
    INFO(all.text());
    for (const char* const check :
         {"dns", "servers", "certificate", "bind-account", "clock", "bases", "schema", "people", "lockout",
          "token-groups", "policies", "deletions", "keytab", "kdc", "keytab-keys", "spn", "key-types"})
        CHECK(all.out.find("ok       " + std::string(check)) != std::string::npos);
    CHECK(authctl_about({}, {"doctor", "ELSEWHERE"}).status == 64);
}

TEST_CASE("doctor: a missing SRV record is found", "[doctor]")
{
    require_sound();
    const std::vector<std::string> data{records, record, "SRV", "dc1.campus.example 389 0 100"};
    const auto words = [&](const std::string& action) {
        return std::vector<std::string>{"dns", action, data[0], data[1], data[2], data[3]};
    };
    domain_must(words("delete"));
    const PutBack back([&] { domain_must(words("add")); });
    const Diagnosis found = examine();
    INFO(found.text);
    CHECK(found.tells("dns", "fault", "_ldap._tcp.dc._msdcs.campus.example", "samba_dnsupdate"));
    CHECK(found.only({"dns"}));
}

TEST_CASE("doctor: a domain controller that is down is found, and which", "[doctor]")
{
    require_sound();
    domain_must({"dns", "add", "campus.example", "dc9", "A", "127.9.9.9"}); // where nobody listens
    const PutBack address([] { domain_must({"dns", "delete", "campus.example", "dc9", "A", "127.9.9.9"}); });
    domain_must({"dns", "add", records, record, "SRV", "dc9.campus.example 389 0 100"});
    const PutBack name([] { domain_must({"dns", "delete", records, record, "SRV", "dc9.campus.example 389 0 100"}); });
    const Diagnosis found = examine();
    INFO(found.text);
    CHECK(found.tells("servers", "warning", "dc9.campus.example: does not answer", "remove its SRV record"));
    CHECK(found.status == 1); // the other one serves
    CHECK(found.only({"servers"}));
}

TEST_CASE("doctor: an SRV record that names a host without an address is found", "[doctor]")
{
    require_sound();
    domain_must({"dns", "add", records, record, "SRV", "dc8.campus.example 389 0 100"});
    const PutBack back([] { domain_must({"dns", "delete", records, record, "SRV", "dc8.campus.example 389 0 100"}); });
    const Diagnosis found = examine();
    INFO(found.text);
    CHECK(found.tells("dns", "warning", "dc8.campus.example", "remove the SRV record"));
    CHECK(found.only({"dns"}));
}

TEST_CASE("doctor: a site that does not exist is found", "[doctor]")
{
    require_sound();
    const std::string address = domain_shows("address");
    const Diagnosis found =
        examine({.servers = "srv_domain: campus.example, dns_server: " + address + ", site: Nowhere"});
    INFO(found.text);
    CHECK(found.tells("dns", "warning", "_ldap._tcp.Nowhere._sites", "directory.site"));
    CHECK(found.only({"dns"}));
}

TEST_CASE("doctor: a clock that is off by ten minutes is found, at the directory and at the KDC", "[doctor]")
{
    require_sound();
    const Diagnosis found = examine({}, {"faketime", "-f", "+10m"});
    INFO(found.text);
    CHECK(found.tells("clock", "fault", "behind", "chronyd"));
    CHECK(found.tells("kdc", "fault", "behind", "w32tm"));
    CHECK(found.only({"clock", "kdc"}));
}

TEST_CASE("doctor: a wrong password of the account that searches is found, at the cost of one attempt", "[doctor]")
{
    require_sound(); // whose bind has set the count to nothing
    const int before = wrong_passwords();
    const Diagnosis found = examine({.secret = "not the password"});
    INFO(found.text);
    CHECK(found.tells("bind-account", "fault", "wrong password", "write the account's password into"));
    CHECK(found.only({"bind-account"}));
    CHECK(wrong_passwords() - before <= 1);
}

TEST_CASE("doctor: a disabled account that searches is found", "[doctor]")
{
    require_sound();
    domain_must({"change", "disable", "svc-gatehouse"});
    const PutBack back([] { domain_must({"change", "enable", "svc-gatehouse"}); });
    const Diagnosis found = examine();
    INFO(found.text);
    CHECK(found.tells("bind-account", "fault", "disabled", "samba-tool user enable svc-gatehouse"));
    CHECK(found.only({"bind-account"}));
}

TEST_CASE("doctor: an account that searches and has expired is found, and one that will soon", "[doctor]")
{
    require_sound();
    const PutBack back([] { domain_must({"change", "expire-in", "svc-gatehouse", "never"}); });
    domain_must({"change", "expire-in", "svc-gatehouse", "-86400"});
    const Diagnosis expired = examine();
    INFO(expired.text);
    CHECK(expired.tells("bind-account", "fault", "expired", "samba-tool user setexpiry svc-gatehouse --noexpiry"));
    domain_must({"change", "expire-in", "svc-gatehouse", "86400"});
    const Diagnosis soon = examine();
    INFO(soon.text);
    CHECK(soon.tells("bind-account", "warning", "expires", "samba-tool user setexpiry svc-gatehouse --noexpiry"));
    CHECK(soon.only({"bind-account"}));
}

TEST_CASE("doctor: a domain controller that demands signing is told apart from a wrong password", "[doctor]")
{
    require_sound();
    const Diagnosis found = examine({.tls_mode = "clear-text"});
    INFO(found.text);
    CHECK(found.tells("bind-account", "fault", "refuses binds without TLS", "set directory.tls.mode"));
    CHECK(found.only({"bind-account", "certificate"}));
}

TEST_CASE("doctor: tokenGroups that may not be read are found", "[doctor]")
{
    require_sound();
    hide("tokenGroups");
    const PutBack back([] { domain_must({"break", "show", "tokenGroups"}); });
    const Diagnosis found = examine();
    INFO(found.text);
    CHECK(found.tells("token-groups", "warning", "tokenGroups", "Windows Authorization Access Group"));
    CHECK(found.only({"token-groups"}));
}

TEST_CASE("doctor: lockout attributes that may not be read are found", "[doctor]")
{
    require_sound();
    hide("badPwdCount");
    const PutBack count([] { domain_must({"break", "show", "badPwdCount"}); });
    hide("lockoutTime");
    const PutBack time([] { domain_must({"break", "show", "lockoutTime"}); });
    const Diagnosis found = examine();
    INFO(found.text);
    CHECK(found.tells("lockout", "fault", "badPwdCount", "samba-tool dsacl set"));
    CHECK(found.only({"lockout"}));
}

TEST_CASE("doctor: states of accounts that may not be read are found", "[doctor]")
{
    require_sound();
    hide("userAccountControl");
    const PutBack back([] { domain_must({"break", "show", "userAccountControl"}); });
    const Diagnosis found = examine();
    INFO(found.text);
    CHECK(found.tells("people", "fault", "userAccountControl", "samba-tool dsacl set"));
    CHECK(found.only({"people"}));
}

TEST_CASE("doctor: password policies that may not be read are found", "[doctor]")
{
    require_sound();
    const std::string container = "CN=Password Settings Container,CN=System";
    domain_must({"break", "hide-container", container});
    const PutBack back([&] { domain_must({"break", "show-container", container}); });
    const Diagnosis found = examine();
    INFO(found.text);
    CHECK(found.tells("policies", "warning", container, "delegate-samba svc-gatehouse"));
    CHECK(found.only({"policies"}));
}

TEST_CASE("doctor: deleted objects that may not be read are found", "[doctor]")
{
    require_sound();
    domain_must({"break", "hide-container", "CN=Deleted Objects"});
    const PutBack back([] { domain_must({"break", "show-container", "CN=Deleted Objects"}); });
    const Diagnosis found = examine();
    INFO(found.text);
    CHECK(found.tells("deletions", "warning", "CN=Deleted Objects", "delegate-samba svc-gatehouse"));
    CHECK(found.only({"deletions"}));
}

TEST_CASE("doctor: its line for the delegation is all that a new domain lacks", "[doctor]")
{
    require_sound();
    domain_must({"undelegate"});
    const Diagnosis found = examine();
    INFO(found.text);
    CHECK(found.tells("deletions", "warning", "CN=Deleted Objects", "delegate-samba svc-gatehouse"));
    CHECK(found.tells("policies", "warning", "Password Settings", "delegate-samba svc-gatehouse"));
    CHECK(found.only({"deletions", "policies"}));
    domain_must({"delegate"});
    CHECK(examine().sound());
}

TEST_CASE("doctor: a base that does not exist is found, and a filter that finds nobody", "[doctor]")
{
    require_sound();
    const Diagnosis nowhere = examine({.people = "{base: \"OU=Nowhere,DC=campus,DC=example\"}"});
    INFO(nowhere.text);
    CHECK(nowhere.tells("bases", "fault", "OU=Nowhere,DC=campus,DC=example", "correct people.base"));
    CHECK(nowhere.only({"bases"}));
    const Diagnosis nobody = examine({.people = "{filter: \"(objectClass=printQueue)\"}"});
    INFO(nobody.text);
    CHECK(nobody.tells("bases", "fault", "nobody is found", "people.filter"));
    CHECK(nobody.only({"bases"}));
}

TEST_CASE("doctor: a daemon that hears of no changes is found, and one that does is asked about nothing else",
          "[doctor]")
{
    require_sound();
    {
        const auto authd = start_daemon({});
        CHECK(eventually(30s, [] {
            return authctl_about({}, {"doctor", "--all"}).out.find("changes arrive") != std::string::npos;
        }));
        CHECK(examine().sound());
        authd->signal(SIGTERM);
        CHECK(authd->wait_for_end(20s) == 0);
    }
    const auto deaf = start_daemon({.servers = "servers: [127.9.9.9]"}); // where nobody listens
    CHECK(
        eventually(30s, [] { return examine().tells("feed", "warning", "changes do not arrive", "authctl status"); }));
    const Diagnosis found = examine();
    INFO(found.text);
    CHECK(found.only({"feed"}));
}

TEST_CASE("doctor: beside a daemon whose account is refused it finds that at no further cost", "[doctor]")
{
    require_sound();
    const RealmToExamine wrong{.secret = "not the password"};
    const auto authd = start_daemon(wrong);
    const std::string control = (Lab::current().folder() / "doctor/control").string();
    const std::string authctl = Lab::current().program("authctl").string();
    REQUIRE(eventually(20s, [&] {
        return run({authctl, "--socket", control, "status"}).out.find("is refused") != std::string::npos;
    }));
    const int by_the_daemon = wrong_passwords();
    for (int i = 0; i < 3; ++i) {
        const Diagnosis found = examine(wrong);
        INFO(found.text);
        CHECK(found.tells("bind-account", "fault", "wrong password", "write the account's password into"));
        CHECK(found.only({"bind-account", "feed"}));
    }
    CHECK(wrong_passwords() <= by_the_daemon); // less when the window of the domain is over
}

} // namespace gatehouse::integration
