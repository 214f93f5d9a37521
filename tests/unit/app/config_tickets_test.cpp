// Whose tickets are taken, and whose groups are named, where there are several realms.
#include "app/config.hpp"

#include <catch2/catch.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <string>

using gatehouse::NamedGroups;
using gatehouse::app::Config;
using gatehouse::app::read_config;

namespace
{
/// Two realms; each argument is a place for a test's own lines.
std::string two_realms(const std::string& of_campus, const std::string& of_partner, const std::string& of_listener = {},
                       const std::string& groups = "[staff]")
{
    const auto realm = [](const std::string& name, const std::string& lines) {
        return "  - name: " + name +
               "\n    directory: {type: openldap, servers: [a], people: {base: dc=a}}\n    netbios: " + name + "-NT\n" +
               lines;
    };
    return "audit: {file: \"-\"}\nrealms:\n" + realm("CAMPUS", of_campus) + realm("PARTNER", of_partner) +
           "services:\n  imap: {allow_groups: " + groups +
           "}\nlisteners:\n  - name: l\n    door: dovecot\n    socket: {path: /run/x}\n" + of_listener;
}

gatehouse::Result<Config> read_text(const std::string& text)
{
    const int file = ::memfd_create("authd.yaml", 0);
    REQUIRE(::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    auto config = read_config("/proc/self/fd/" + std::to_string(file));
    ::close(file);
    return config;
}

/// Without the file's name.
std::string fault_of(const std::string& text)
{
    const auto config = read_text(text);
    if (config)
        return "no fault";
    return config.error().text.substr(config.error().text.find(':') + 1);
}

std::string with_rule(const std::string& rule)
{
    return fault_of(two_realms("    kerberos_realm: CAMPUS.EXAMPLE\n    tickets:\n      keytab: /etc/k\n"
                               "      auth_to_local:\n        - '" +
                                   rule + "'\n",
                               {}));
}

const std::string takes_tickets = "    kerberos_realm: SAME.EXAMPLE\n    tickets: {keytab: /etc/k}\n";
const std::string has_kerberos = "    kerberos_realm: SAME.EXAMPLE\n";
} // namespace

TEST_CASE("tickets of a Kerberos realm are of one realm, and that is certain", "[unit][config]")
{
    CHECK(fault_of(two_realms(takes_tickets, takes_tickets)) ==
          "12:14: realms[1].tickets: realm \"CAMPUS\" and realm \"PARTNER\" both take tickets of SAME.EXAMPLE: whose "
          "they "
          "are would not be certain");
    CHECK(fault_of(two_realms(takes_tickets, has_kerberos)) == "no fault"); // passwords are checked there, too
    CHECK(fault_of(two_realms(has_kerberos, takes_tickets)) == "no fault");
    CHECK(fault_of(two_realms(has_kerberos, has_kerberos)) == "no fault");
}

TEST_CASE("auth_to_local is a list of rules, and each mistake is told with its line", "[unit][config]")
{
    const std::string rule = R"(RULE:[1:$1@$0](.*@OTHER\.EXAMPLE)s/@.*//)";
    CHECK(with_rule(rule) == "no fault");
    const auto config = read_text(two_realms(
        "    kerberos_realm: CAMPUS.EXAMPLE\n    tickets: {keytab: /etc/k, auth_to_local: ['" + rule + "', DEFAULT]}\n",
        {}));
    REQUIRE(config);
    REQUIRE(config->realms[0].tickets->auth_to_local == std::vector<std::string>{rule, "DEFAULT"});
    CHECK_THAT(with_rule("RULE:[1:$1]"), Catch::StartsWith("10:11: realms[0].tickets.auth_to_local[0]: expected $0"));
    CHECK_THAT(with_rule("RULE:[1:$1@$0](.*@(A|B))"),
               Catch::StartsWith("10:11: realms[0].tickets.auth_to_local[0]: \".*@(A|B\" is no regular expression: "));
}

TEST_CASE("a group is of every realm, or of the one that is called so", "[unit][config]")
{
    const auto config = read_text(two_realms({}, {}, {}, R"([Staff, campus\Library, PARTNER-nt\Visitors])"));
    REQUIRE(config);
    const NamedGroups& groups = config->services.at("imap").allow_groups;
    CHECK(groups.of("CAMPUS") == NamedGroups::Set{"library", "staff"});
    CHECK(groups.of("PARTNER") == NamedGroups::Set{"staff", "visitors"});
    CHECK(fault_of(two_realms({}, {}, {}, R"([LAB\staff])")) ==
          "10:25: services.imap.allow_groups[0]: no realm is called \"LAB\" (a group of one realm is REALM\\group)");
    CHECK(fault_of(two_realms({}, {}, {}, R"([CAMPUS\])")) ==
          "10:25: services.imap.allow_groups[0]: expected a group after \"CAMPUS\\\"");
}

TEST_CASE("who may act for others is of one realm where people of several come", "[unit][config]")
{
    CHECK(fault_of(two_realms({}, {}, "    may_act_for_others: [admins]\n")) ==
          "15:26: listeners[0].may_act_for_others[0]: people of several realms come here: say whose group it is, "
          "REALM\\admins");
    CHECK(fault_of(two_realms({}, {}, "    may_act_for_others: [admins]\n    realms: [CAMPUS]\n")) == "no fault");
    const auto config = read_text(two_realms({}, {}, "    may_act_for_others: [CAMPUS\\admins]\n"));
    REQUIRE(config);
    CHECK(config->listeners[0].pins.may_act_for_others.of("CAMPUS") == NamedGroups::Set{"admins"});
    CHECK(config->listeners[0].pins.may_act_for_others.of("PARTNER").empty());
}
