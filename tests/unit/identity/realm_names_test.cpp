#include "identity/realm_names.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace gatehouse;

namespace
{
RealmNames campus()
{
    return {.realm = "CAMPUS",
            .netbios = "CAMPUSAD",
            .kerberos_realm = "AD.CAMPUS.EXAMPLE",
            .upn_suffixes = {"campus.example"},
            .mail_domains = {"mail.example", "Students.Example"},
            .is_default = true};
}

RealmNames lab()
{
    return {.realm = "LAB", .netbios = {}, .kerberos_realm = {}, .upn_suffixes = {}, .mail_domains = {"mail.example"}};
}

RealmNames guests()
{
    return {.realm = "GUESTS", .netbios = {}, .kerberos_realm = {}, .upn_suffixes = {}, .mail_domains = {}};
}

std::string routed(std::string_view login, std::string_view hint, const std::vector<RealmNames>& realms)
{
    std::string names;
    for (const RealmNames* realm : route(parse_login_name(login).value(), hint, realms))
        names += (names.empty() ? "" : " ") + realm->realm;
    return names;
}
} // namespace

TEST_CASE("a qualified name goes to the realms that claim its qualifier", "[unit]")
{
    const std::vector<RealmNames> realms = {campus(), lab(), guests()};
    REQUIRE(routed("alice@campus.example", "", realms) == "CAMPUS");
    REQUIRE(routed("alice@AD.campus.example", "", realms) == "CAMPUS");
    REQUIRE(routed("alice@campusad", "", realms) == "CAMPUS");
    REQUIRE(routed("alice@campus", "", realms) == "CAMPUS");
    REQUIRE(routed("alice@STUDENTS.example", "", realms) == "CAMPUS");
    REQUIRE(routed("alice@lab", "", realms) == "LAB");
    REQUIRE(routed("alice@mail.example", "", realms) == "CAMPUS LAB"); // both: asked in order, ambiguous if in both
    REQUIRE(routed("alice@elsewhere.example", "", realms).empty());
}

TEST_CASE("DOMAIN\\user goes by NetBIOS or realm name, and what nobody claims to the default", "[unit]")
{
    const std::vector<RealmNames> realms = {campus(), lab(), guests()};
    REQUIRE(routed("campusAD\\alice", "", realms) == "CAMPUS");
    REQUIRE(routed("CAMPUS\\alice", "", realms) == "CAMPUS");
    REQUIRE(routed("lab\\alice", "", realms) == "LAB");
    REQUIRE(routed("campus.example\\alice", "", realms) == "CAMPUS"); // not claimed: an odd name of the default realm
    REQUIRE(routed("other\\alice", "", realms) == "CAMPUS");
    REQUIRE(routed("other\\alice", "", {lab(), guests()}) == "LAB GUESTS");
    REQUIRE(routed("\\alice", "", realms) == "CAMPUS"); // LAB has no NetBIOS name: an empty one claims nothing
    REQUIRE(routed("@", "", realms) == "CAMPUS");
}

TEST_CASE("a bare name goes to the default realm, or to every realm where none is", "[unit]")
{
    REQUIRE(routed("alice", "", {campus(), lab(), guests()}) == "CAMPUS");
    RealmNames none = campus();
    none.is_default = false;
    REQUIRE(routed("alice", "", {none, lab(), guests()}) == "CAMPUS LAB GUESTS");
    REQUIRE(routed("alice", "", {}).empty());
}

TEST_CASE("the caller's realm decides for names that do not decide themselves", "[unit]")
{
    const std::vector<RealmNames> realms = {campus(), lab(), guests()};
    REQUIRE(routed("alice", "LAB", realms) == "LAB");
    REQUIRE(routed("alice", "lab", realms) == "LAB");
    REQUIRE(routed("alice", "ad.campus.example", realms) == "CAMPUS");
    REQUIRE(routed("alice", "mail.example", realms) == "CAMPUS LAB");
    REQUIRE(routed("alice", "elsewhere", realms).empty());
    REQUIRE(routed("alice@campus.example", "LAB", realms) == "CAMPUS"); // the name decides
    REQUIRE(routed("alice@elsewhere.example", "LAB", realms) == "LAB");
}
