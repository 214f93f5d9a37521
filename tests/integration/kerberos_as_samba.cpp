// Passwords checked by Samba's KDC, as Active Directory does it.
#include "kerberos_as_asking.hpp"
#include "support/clients.hpp"
#include "support/directories.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>

namespace gatehouse::integration
{

namespace
{
/// ldapsearch at the domain controller as somebody; the password's file is gone afterwards.
Output search_as(const std::string& who, const std::string& password, const std::string& base,
                 const std::vector<std::string>& what)
{
    const Lab& lab = Lab::current();
    const std::filesystem::path file = lab.folder() / "kerberos-bind-password";
    std::ofstream(file) << password;
    std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    std::vector<std::string> words{
        "ldapsearch", "-x",          "-LLL", "-H", lab.show("samba-ad").at("tls_uri"), "-D", who + "@campus.example",
        "-y",         file.string(), "-b",   base};
    words.insert(words.end(), what.begin(), what.end());
    Output output = run(words, {.environment = {{"LDAPTLS_CACERT", (lab.folder() / "ca/ca.pem").string()}}});
    std::filesystem::remove(file);
    return output;
}

bool binds(const std::string& who, const std::string& password)
{
    return search_as(who, password, "", {"-s", "base", "vendorName"}).ok();
}

/// What the domain controller has counted against somebody.
int wrong_passwords_of(const std::string& name)
{
    static const std::string password = [] {
        std::string line;
        std::ifstream file(Lab::current().folder() / "dc1/search-password");
        std::getline(file, line);
        return line;
    }();
    const Output output =
        search_as("svc-gatehouse", password, "DC=campus,DC=example", {"(sAMAccountName=" + name + ")", "badPwdCount"});
    INFO(output.text());
    REQUIRE(output.ok());
    const std::size_t at = output.out.find("badPwdCount: ");
    return at == std::string::npos ? 0 : std::stoi(output.out.substr(at + 13));
}

void set_password(const std::string& name, const std::string& password)
{
    Lab::current().must("samba-ad", {"set-password", name}, {.input = password});
}
} // namespace

TEST_CASE("kerberos, Samba: everybody's name and password arrive as they are", "[kerberos]")
{
    Asking asking(samba_settings());
    for (const SamplePerson& person : Lab::current().people().all()) {
        if (!person.state.empty())
            continue;
        INFO(person.name);
        const PasswordAnswer answer = asking.about(person.name, person.password).answer;
        INFO(answer.detail);
        CHECK(answer.reason == Reason::granted);
        CHECK(asking.about(person.name, person.password + "x").answer.reason == Reason::wrong_password);
    }
    CHECK(asking.about("nobody-knows", "x").answer.reason == Reason::unknown_person);
}

TEST_CASE("kerberos, Samba: account states are told with the right password only, the lock with any", "[kerberos]")
{
    Asking asking(samba_settings());
    for (const SamplePerson& person : Lab::current().people().refused_by_state()) {
        INFO(person.name);
        const PasswordAnswer right = asking.about(in_state(person.name, person.state), person.password).answer;
        const PasswordAnswer wrong = asking.about(in_state(person.name, person.state), "wrong").answer;
        INFO(right.detail);
        INFO(wrong.detail);
        CHECK_FALSE(right.unproven);
        // An AS exchange names no workstation, so the KDC does not look: People do.
        CHECK(name_of(right.reason) == (person.state == "workstation" ? "granted" : person.state));
        CHECK(name_of(wrong.reason) == (person.state == "account-locked" ? person.state : "wrong-password"));
    }
}

TEST_CASE("kerberos, Samba: the domain controller itself says which state it is, but for the lock", "[kerberos]")
{
    Asking asking(samba_settings());
    for (const SamplePerson& person : Lab::current().people().refused_by_state()) {
        if (person.state == "workstation")
            continue;
        INFO(person.name);
        const PasswordAnswer answer = asking.about(person.name, person.password).answer;
        INFO(answer.detail);
        CHECK(name_of(answer.reason) == (person.state == "account-locked" ? "account-restriction" : person.state));
    }
}

TEST_CASE("kerberos, Samba: login names in every form", "[kerberos]")
{
    Asking asking(samba_settings());
    const std::string password = Lab::current().person("alice").password;
    for (const char* const name :
         {"alice", "ALICE", "CAMPUS\\alice", "alice@campus.example", "Alice@CAMPUS.Example", "alice@campus"}) {
        INFO(name);
        CHECK(asking.login(name, password).answer.reason == Reason::granted);
        CHECK(asking.login(name, "wrong").answer.reason == Reason::wrong_password);
        set_password("alice", password); // forgets what was counted
    }
    CHECK(asking.login("alice.liddell@campus.example", password).answer.reason == Reason::unknown_person);
}

TEST_CASE("kerberos, Samba: one wrong password counts once", "[kerberos]")
{
    Asking asking(samba_settings());
    const SamplePerson& bob = Lab::current().person("bob");
    set_password("bob", bob.password);
    REQUIRE(asking.about("bob", bob.password).answer.reason == Reason::granted);
    const int before = wrong_passwords_of("bob");
    for (int i = 1; i <= 3; ++i) {
        CHECK(asking.about("bob", "wrong " + std::to_string(i)).answer.reason == Reason::wrong_password);
        CHECK(wrong_passwords_of("bob") == before + i);
    }
    CHECK(asking.login("bob@campus.example", "wrong 4").answer.reason == Reason::wrong_password);
    CHECK(wrong_passwords_of("bob") == before + 4);
    set_password("bob", bob.password);
}

TEST_CASE("kerberos, Samba: the previous password is refused at once, though a bind takes it", "[kerberos]")
{
    Asking asking(samba_settings());
    const SamplePerson& bob = Lab::current().person("bob");
    set_password("bob", bob.password);
    REQUIRE(asking.about("bob", bob.password).answer.reason == Reason::granted);
    set_password("bob", "An0ther-Passw0rd");
    CHECK(asking.about("bob", bob.password).answer.reason == Reason::wrong_password);
    CHECK(binds("bob", bob.password));
    CHECK(asking.about("bob", "An0ther-Passw0rd").answer.reason == Reason::granted);
    set_password("bob", bob.password);
}

TEST_CASE("kerberos, Samba: the service gets another key, and its export is used at once", "[kerberos]")
{
    const Lab& lab = Lab::current();
    const std::string password = lab.person("alice").password;
    const kerberos::AsSettings settings = samba_settings();
    Asking asking(settings);
    REQUIRE(asking.about("alice", password).answer.reason == Reason::granted);
    lab.must("samba-keytab", {"new-key"});
    const PasswordAnswer between = asking.about("alice", password).answer;
    INFO(between.detail);
    CHECK(between.reason == Reason::directory_unavailable);
    lab.must("samba-keytab", {"export", settings.keytab});
    CHECK(asking.about("alice", password).answer.reason == Reason::granted);
}

TEST_CASE("kerberos, Samba: an AS exchange and a bind say the same of everybody", "[kerberos]")
{
    const Lab& lab = Lab::current();
    Asking asking(samba_settings());
    for (const SamplePerson& person : lab.people().all()) {
        if (person.state == "workstation")
            continue;
        INFO(person.name);
        auto audit = lab.audit();
        saslauthd_login(lab.door("cyrus"), "imap", person.name, person.password);
        const std::vector<AuditLine> lines = audit.lines(1);
        REQUIRE(lines.size() == 1);
        const std::string bound = lines.front()["reason"];
        const PasswordAnswer asked = asking.about(in_state(person.name, person.state), person.password).answer;
        CHECK(name_of(asked.reason) == (bound.empty() ? "granted" : bound));
    }
}

} // namespace gatehouse::integration
