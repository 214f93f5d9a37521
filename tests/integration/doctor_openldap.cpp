// The doctor at slapd.
#include "doctor_lab.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

namespace
{
RealmToExamine as_documented()
{
    return {.more = "groups: {base: \"ou=groups,dc=campus,dc=example\"}, "
                    "policy: \"cn=default,ou=policies,dc=campus,dc=example\""};
}
} // namespace

TEST_CASE("doctor, OpenLDAP: a sound slapd is sound, in one word", "[doctor-openldap]")
{
    const Output said = authctl_about(as_documented(), {"doctor"});
    CHECK(said.out == "sound\n");
    CHECK(said.err.empty());
    CHECK(said.status == 0);
    const Output all = authctl_about(as_documented(), {"doctor", "--all"});
    INFO(all.text());
    for (const char* const check :
         {"servers", "certificate", "bind-account", "bases", "schema", "syncprov", "ppolicy", "memberof"})
        CHECK(all.out.find("ok       " + std::string(check)) != std::string::npos);
}

TEST_CASE("doctor, OpenLDAP: each fault is found", "[doctor-openldap]")
{
    const Diagnosis refused = examine({.secret = "not the password"});
    INFO(refused.text);
    CHECK(refused.tells("bind-account", "fault", "Invalid credentials (49)", "write the account's password into"));
    CHECK(refused.only({"bind-account"}));

    RealmToExamine realm = as_documented();
    realm.people = "{base: \"ou=nowhere,dc=campus,dc=example\", name: uid}";
    CHECK(examine(realm).tells("bases", "fault", "ou=nowhere,dc=campus,dc=example", "correct people.base"));

    realm = as_documented();
    realm.people = "{base: \"ou=people,dc=campus,dc=example\", name: loginName}";
    CHECK(examine(realm).tells("schema", "warning", "loginName", "correct people.name"));

    realm = as_documented();
    realm.more = "policy: \"cn=none,ou=policies,dc=campus,dc=example\"";
    CHECK(examine(realm).tells("bases", "fault", "cn=none,ou=policies", "correct policy"));

    realm = as_documented();
    realm.more = "policy: \"ou=policies,dc=campus,dc=example\"";
    CHECK(examine(realm).tells("ppolicy", "fault", "is no password policy", "correct policy"));
}

TEST_CASE("doctor, OpenLDAP: a slapd that tells no changes is found", "[doctor-openldap]")
{
    const Lab& lab = Lab::current();
    lab.must("slapd", {"restart", "--no-syncprov"});
    const PutBack back([&] { lab.must("slapd", {"restart"}); });
    const Diagnosis found = examine(as_documented());
    INFO(found.text);
    CHECK(found.tells("syncprov", "warning", "syncprov", "overlay syncprov"));
    CHECK(found.only({"syncprov"}));
}

TEST_CASE("doctor, OpenLDAP: a slapd that is down is found, and nothing else is said", "[doctor-openldap]")
{
    const Lab& lab = Lab::current();
    lab.must("slapd", {"down"});
    const PutBack back([&] { lab.must("slapd", {"up"}); });
    const Diagnosis found = examine(as_documented());
    INFO(found.text);
    CHECK(found.tells("servers", "fault", "no other server does", "start it"));
    CHECK(found.only({"servers"}));
}

TEST_CASE("doctor, OpenLDAP: an old key, a lost service and a KDC that is down are found at an MIT KDC",
          "[doctor-openldap]")
{
    const Lab& lab = Lab::current();
    const std::string service = "host/gatehouse.campus.example";
    const std::filesystem::path keytab = lab.folder() / "doctor/mit.keytab";
    lab.must("mit-kdc", {"up"});
    const PutBack down([&] { lab.must("mit-kdc", {"down"}); });
    const auto export_keys = [&] {
        std::filesystem::remove(keytab);
        lab.must("mit-kdc", {"keytab", keytab.string(), service});
        std::filesystem::permissions(keytab, std::filesystem::perms(0600));
    };
    RealmToExamine realm = as_documented();
    realm.kerberos_realm = "MIT.CAMPUS.EXAMPLE";
    const std::string kdc = lab.show("mit-kdc").at("kdc");
    realm.passwords = "{by: kerberos, keytab: " + keytab.string() + ", kdcs: [\"" + kdc + "\"]}";
    export_keys();
    const Diagnosis sound = examine(realm);
    INFO(sound.text);
    REQUIRE(sound.sound());
    CHECK(sound.text.find("as the KDC has it") != std::string::npos);

    lab.must("mit-kdc", {"kadmin", "addprinc -randkey imap/gatehouse.campus.example"});
    lab.must("mit-kdc", {"keytab", keytab.string(), "imap/gatehouse.campus.example"});
    lab.must("mit-kdc", {"kadmin", "delprinc -force imap/gatehouse.campus.example"});
    const Diagnosis lost = examine(realm);
    INFO(lost.text);
    CHECK(lost.tells("keytab-keys", "fault",
                     "imap/gatehouse.campus.example@MIT.CAMPUS.EXAMPLE: the KDC knows no such service",
                     "addprinc -randkey imap/gatehouse.campus.example"));
    CHECK(lost.only({"keytab-keys"}));

    export_keys();
    lab.must("mit-kdc", {"new-key", service});
    const Diagnosis old = examine(realm); // the key that would log in is itself an old one
    INFO(old.text);
    CHECK(old.only({"keytab-keys"}));
    CHECK(old.tells("keytab-keys", "fault", service, "ktadd -k " + keytab.string()));

    export_keys();
    lab.must("mit-kdc", {"down"});
    const Diagnosis silent = examine(realm);
    INFO(silent.text);
    CHECK(silent.tells("kdc", "fault", "no KDC answers", "TCP port"));
    CHECK(silent.only({"kdc"}));
}

} // namespace gatehouse::integration
