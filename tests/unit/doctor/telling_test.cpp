#include "doctor/telling.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

namespace gatehouse::doctor
{

namespace
{
std::vector<Finding> some_findings()
{
    std::vector<Finding> findings;
    Report servers("CAMPUS", "servers", findings);
    servers.ok("dc1", "answers");
    servers.warn("dc2", "does not answer", {"start it"});
    servers.skip("dc3: see dns");
    Report spn("CAMPUS", "spn", findings);
    spn.fault("host/mail", "no account has it", {"setspn -S host/mail ACCOUNT", "or take it out"});
    return findings;
}
} // namespace

TEST_CASE("a sound realm is one word, unless all is asked for")
{
    std::vector<Finding> findings;
    Report report("CAMPUS", "servers", findings);
    report.ok("dc1", "answers");
    report.skip("nothing to see");
    CHECK(tell_findings(findings, false) == "sound\n");
    CHECK(tell_findings(findings, true) == "realm CAMPUS\n"
                                           "ok       servers  dc1: answers\n"
                                           "skipped  servers  nothing to see\n"
                                           "sound\n");
    CHECK(worst_of(findings) == Severity::ok);
}

TEST_CASE("warnings and faults are told with their cures, and counted")
{
    const auto findings = some_findings();
    CHECK(tell_findings(findings, false) == "realm CAMPUS\n"
                                            "warning  servers  dc2: does not answer\n"
                                            "         cure     start it\n"
                                            "fault    spn      host/mail: no account has it\n"
                                            "         cure     setspn -S host/mail ACCOUNT\n"
                                            "                  or take it out\n"
                                            "1 fault, 1 warning\n");
    CHECK(worst_of(findings) == Severity::fault);
}

TEST_CASE("what a server says moves no cursor")
{
    std::vector<Finding> findings;
    Report report("CAMPUS", "servers", findings);
    report.fault("dc\x1b[2J", "said \r\n", {"cure\x07"});
    const std::string told = tell_findings(findings, false);
    CHECK(told.find('\x1b') == std::string::npos);
    CHECK(told.find('\r') == std::string::npos);
    CHECK(told.find('\x07') == std::string::npos);
}

TEST_CASE("programs get every finding, and the keys of each keytab")
{
    const KeytabFile keytab{.file = "/etc/krb5.keytab",
                            .keys = {{.principal = "host/mail@CAMPUS", .realm = "CAMPUS", .kvno = 3, .enctype = 18}},
                            .trouble = {},
                            .rights_trouble = {},
                            .rights_cure = {}};
    const std::vector<RealmKeytabs> keytabs{{"CAMPUS", {keytab}}};
    const auto told = boost::json::parse(tell_as_json(some_findings(), keytabs));
    CHECK(told.at("worst") == "fault");
    CHECK(told.at("findings").as_array().size() == 4);
    CHECK(told.at("findings").at(3).at("check") == "spn");
    CHECK(told.at("findings").at(3).at("cure").at(0) == "setspn -S host/mail ACCOUNT");
    CHECK(told.at("keytabs").at(0).at("keys").at(0).at("kvno") == 3);
    CHECK(told.at("keytabs").at(0).at("keys").at(0).at("enctype") == "aes256-cts-hmac-sha1-96");
}

} // namespace gatehouse::doctor
