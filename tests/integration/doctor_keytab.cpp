// The keytab against the domain: keys, service names, key types, rights of the file.
#include "doctor_lab.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

namespace
{
const std::string service = "host/gatehouse.campus.example";
const std::string account = "svc-kerberos";

void new_key()
{
    Lab::current().must("samba-keytab", {"new-key"});
}

void set_key_types(const std::string& types)
{
    domain_must({"break", "key-types", types, account});
}

void administrator_must(std::vector<std::string> words)
{
    words.insert(words.begin(), "samba-tool");
    words.push_back("--configfile=" + domain_shows("smb_conf"));
    if (const Output done = run(words); !done.ok())
        throw std::runtime_error(done.text());
}

} // namespace

TEST_CASE("keytab: every key is listed, with nothing said of those that fit the KDC", "[doctor]")
{
    require_sound();
    const Output listed = authctl_about({}, {"keytab"});
    INFO(listed.text());
    CHECK(listed.status == 0);
    CHECK(listed.out.find(service + "@CAMPUS.EXAMPLE") != std::string::npos);
    CHECK(listed.out.find("aes256-cts-hmac-sha1-96") != std::string::npos);
    CHECK(listed.out.ends_with("\nsound\n"));
    const boost::json::value told = boost::json::parse(authctl_about({}, {"--json", "keytab"}).out);
    const auto& keys = told.at("keytabs").at(0).at("keys").as_array();
    CHECK(keys.size() == 2); // AES, twice
    CHECK(told.at("worst") == "ok");
}

TEST_CASE("doctor: an old key version is found", "[doctor]")
{
    require_sound();
    new_key();
    const PutBack back(export_service_keytab);
    const Diagnosis found = examine();
    INFO(found.text);
    CHECK(found.tells("keytab-keys", "fault", "the password of the account was changed after the keytab was made",
                      "samba-tool domain exportkeytab new.keytab --principal=" + service));
    CHECK(found.only({"keytab-keys"}));
    CHECK(authctl_about({}, {"keytab"}).status == 2);
}

TEST_CASE("doctor: an account with RC4 keys only is found", "[doctor]")
{
    require_sound();
    const PutBack back([] {
        set_key_types("24");
        new_key();
        export_service_keytab();
    });
    set_key_types("4");
    new_key();
    export_service_keytab();
    const Diagnosis found = examine();
    INFO(found.text);
    CHECK(found.tells("key-types", "warning", "without AES", "samba-tool user setpassword svc-kerberos"));
    CHECK(found.only({"key-types"}));
}

TEST_CASE("doctor: a key type that the keytab lacks is found", "[doctor]")
{
    require_sound();
    const PutBack back([] {
        set_key_types("24");
        export_service_keytab();
    });
    set_key_types("4");
    export_service_keytab();
    set_key_types("24"); // tickets are of AES again, and the keytab is of RC4
    const Diagnosis found = examine();
    INFO(found.text);
    CHECK(found.tells("keytab-keys", "fault", "has only arcfour-hmac", "exportkeytab"));
    CHECK(found.only({"keytab-keys"}));
}

TEST_CASE("doctor: a missing service name is found", "[doctor]")
{
    require_sound();
    administrator_must({"spn", "delete", service, account});
    const PutBack back([] { administrator_must({"spn", "add", service, account}); });
    const Diagnosis found = examine();
    INFO(found.text);
    CHECK(found.tells("spn", "fault", service, "samba-tool spn add " + service));
    CHECK(found.only({"spn"}));
}

TEST_CASE("doctor: a service name of two accounts is found", "[doctor]")
{
    require_sound();
    domain_must({"break", "spn-add", service, "bob"});
    const PutBack back([] { domain_must({"break", "spn-remove", service, "bob"}); });
    const Diagnosis found = examine();
    INFO(found.text);
    CHECK(found.tells("spn", "fault", "CN=bob,CN=Users,DC=campus,DC=example",
                      "samba-tool spn delete " + service + " bob"));
    CHECK(found.only({"spn"}));
}

TEST_CASE("doctor: a keytab that others may read is found, and one that is none", "[doctor]")
{
    require_sound();
    const PutBack back(export_service_keytab);
    std::filesystem::permissions(service_keytab(), std::filesystem::perms(0644));
    const Diagnosis open = examine();
    INFO(open.text);
    CHECK(open.tells("keytab", "fault", "others may read or change it", "chmod g-w,o= " + service_keytab().string()));
    CHECK(open.only({"keytab"}));

    write_file(service_keytab(), "no keytab");
    std::filesystem::permissions(service_keytab(), std::filesystem::perms(0600));
    const Diagnosis broken = examine();
    INFO(broken.text);
    CHECK(broken.tells("keytab", "fault", "cannot be read", "exportkeytab"));
    CHECK(broken.only({"keytab"}));

    std::filesystem::remove(service_keytab());
    CHECK(examine().tells("keytab", "fault", "No such file", "exportkeytab"));
}

} // namespace gatehouse::integration
