// Passwords checked by an MIT KDC.
#include "kerberos_as_asking.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

namespace gatehouse::integration
{

namespace
{
/// Those whom the MIT KDC knows: the people of OpenLDAP.
SamplePeople people()
{
    return {Lab::current().script_file("people.json"), DirectoryKind::openldap};
}

std::string service()
{
    return Lab::current().show("mit-kdc").at("service");
}

std::string fresh_keytab(const std::string& name)
{
    const std::string file = (Lab::current().folder() / name).string();
    std::filesystem::remove(file);
    Lab::current().must("mit-kdc", {"keytab", file, service()});
    return file;
}
} // namespace

TEST_CASE("kerberos, MIT: the right password is granted, another is wrong, a stranger is unknown", "[kerberos]")
{
    Asking asking(mit_settings());
    CHECK(asking.about("alice", people().named("alice").password).answer.reason == Reason::granted);
    CHECK(asking.about("alice", "Al1ce-Passw0re").answer.reason == Reason::wrong_password);
    CHECK(asking.about("alice", "").answer.reason == Reason::empty_password);
    CHECK(asking.about("alice", std::string("Al1ce-Passw0rd\0x", 16)).answer.reason == Reason::malformed_credential);
    CHECK(asking.about("nobody-knows", "x").answer.reason == Reason::unknown_person);
    CHECK(asking.about("alice/admin", people().named("alice").password).answer.reason == Reason::unknown_person);
}

TEST_CASE("kerberos, MIT: everybody's name and password arrive as they are", "[kerberos]")
{
    Asking asking(mit_settings());
    for (const SamplePerson& person : people().all()) {
        if (!person.state.empty())
            continue;
        INFO(person.name);
        // MIT's KDC 1.20 refuses to serve its own tickets of such names: KDC_ERR_BADOPTION, HEADER_PAC in its log.
        const bool kdc_fails = person.name.find_first_of("\\/") != std::string::npos;
        CHECK(asking.about(person.name, person.password).answer.reason ==
              (kdc_fails ? Reason::directory_unavailable : Reason::granted));
        CHECK(asking.about(person.name, person.password + "x").answer.reason == Reason::wrong_password);
    }
}

TEST_CASE("kerberos, MIT: account states have their reason, and the KDC tells them without the password", "[kerberos]")
{
    Asking asking(mit_settings());
    for (const SamplePerson& person : people().refused_by_state())
        for (const std::string& password : {person.password, std::string("wrong")}) {
            INFO(person.name << ' ' << password);
            const PasswordAnswer answer = asking.about(person.name, password).answer;
            INFO(answer.detail);
            CHECK(name_of(answer.reason) == person.state);
            CHECK(answer.unproven);
        }
}

TEST_CASE("kerberos, MIT: an account that needs no preauthentication is checked by its reply", "[kerberos]")
{
    const Lab& lab = Lab::current();
    lab.must("mit-kdc", {"kadmin", "modprinc -requires_preauth bob"});
    Asking asking(mit_settings());
    CHECK(asking.about("bob", people().named("bob").password).answer.reason == Reason::granted);
    CHECK(asking.about("bob", "wrong").answer.reason == Reason::wrong_password);
    lab.must("mit-kdc", {"kadmin", "modprinc +requires_preauth bob"});
}

TEST_CASE("kerberos, MIT: login names by user, by domain, by realm", "[kerberos]")
{
    Asking asking(mit_settings());
    const std::string password = people().named("alice").password;
    CHECK(asking.login("alice", password).answer.reason == Reason::granted);
    CHECK(asking.login("CAMPUS\\alice", password).answer.reason == Reason::granted);
    CHECK(asking.login("alice@mit.campus.example", password).answer.reason == Reason::granted);
    CHECK(asking.login("alice@mit.campus.example", "wrong").answer.reason == Reason::wrong_password);
    CHECK(asking.login("alice@elsewhere.example", password).answer.reason == Reason::unknown_person);
}

TEST_CASE("kerberos, MIT: a KDC with other keys is never a grant, and never a refusal of the right password",
          "[kerberos]")
{
    const Lab& lab = Lab::current();
    lab.must("mit-kdc", {"up", "--impostor"});
    const std::string password = people().named("alice").password;
    Asking impostor(impostor_settings());
    const PasswordAnswer answer = impostor.about("alice", password).answer;
    INFO(answer.detail);
    CHECK(answer.reason == Reason::directory_unavailable);
    CHECK(answer.detail.find("the KDC's proof fails") != std::string::npos);
    CHECK(impostor.login("alice", password).answer.reason == Reason::directory_unavailable);
    lab.must("mit-kdc", {"down", "--impostor"});
}

TEST_CASE("kerberos, MIT: a key is rolled over without an interruption", "[kerberos]")
{
    const Lab& lab = Lab::current();
    const std::string password = people().named("alice").password;
    kerberos::AsSettings settings = mit_settings();
    settings.keytab = fresh_keytab("rolling.keytab");
    Asking asking(settings);
    REQUIRE(asking.about("alice", password).answer.reason == Reason::granted);

    lab.must("mit-kdc", {"new-key", service()});
    const PasswordAnswer between = asking.about("alice", password).answer;
    INFO(between.detail);
    CHECK(between.reason == Reason::directory_unavailable); // known to nobody: neither granted nor refused
    CHECK(between.detail.find(settings.keytab) != std::string::npos);
    CHECK(asking.about("alice", "wrong").answer.reason == Reason::wrong_password);

    lab.must("mit-kdc", {"keytab", settings.keytab, service()}); // adds the new key to the old one
    CHECK(asking.about("alice", password).answer.reason == Reason::granted);
    fresh_keytab("rolling.keytab"); // the new key alone
    CHECK(asking.about("alice", password).answer.reason == Reason::granted);
    fresh_keytab("mit-kdc/service.keytab");
}

TEST_CASE("kerberos, MIT: a keytab that is gone is an outage that names it, and comes back by itself", "[kerberos]")
{
    const std::string password = people().named("alice").password;
    kerberos::AsSettings settings = mit_settings();
    settings.keytab = fresh_keytab("gone.keytab");
    Asking asking(settings);
    std::filesystem::rename(settings.keytab, settings.keytab + ".away");
    const PasswordAnswer answer = asking.about("alice", password).answer;
    CHECK(answer.reason == Reason::directory_unavailable);
    CHECK(answer.detail.find(settings.keytab) != std::string::npos);
    std::filesystem::rename(settings.keytab + ".away", settings.keytab);
    CHECK(asking.about("alice", password).answer.reason == Reason::granted);
}

TEST_CASE("kerberos, MIT: a key that the KDC does not know is passed over for the next", "[kerberos]")
{
    const Lab& lab = Lab::current();
    kerberos::AsSettings settings = mit_settings();
    settings.keytab = fresh_keytab("two.keytab");
    lab.must("mit-kdc", {"kadmin", "addprinc -randkey host/retired.campus.example"});
    std::filesystem::remove(settings.keytab);
    lab.must("mit-kdc", {"keytab", settings.keytab, "host/retired.campus.example"});
    lab.must("mit-kdc", {"keytab", settings.keytab, service()});
    lab.must("mit-kdc", {"kadmin", "delprinc -force host/retired.campus.example"});
    Asking asking(settings);
    const PasswordAnswer answer = asking.about("alice", people().named("alice").password).answer;
    INFO(answer.detail);
    CHECK(answer.reason == Reason::granted);
}

TEST_CASE("kerberos, MIT: SPAKE is spoken where the KDC offers it", "[kerberos]")
{
    const Lab& lab = Lab::current();
    lab.must("mit-kdc", {"restart", "--spake"});
    Asking asking(mit_settings());
    const auto told = asking.about("alice", people().named("alice").password);
    INFO(told.answer.detail);
    CHECK(told.answer.reason == Reason::granted);
    CHECK(asking.about("alice", "wrong").answer.reason == Reason::wrong_password);
    CHECK(asking.about("ulla", people().named("ulla").password).answer.reason == Reason::granted);
    lab.must("mit-kdc", {"restart"});
}

} // namespace gatehouse::integration
