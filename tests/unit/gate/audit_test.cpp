#include "gate/audit.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>
#include <unistd.h>

using namespace gatehouse;
using namespace std::chrono_literals;

namespace
{
Attempt attempt_for(std::string login, std::string_view password)
{
    PasswordCredential shown{.login = std::move(login), .authzid = {}, .password = {}};
    REQUIRE(shown.password.append(password));
    return {.service = "imap",
            .realm_hint = {},
            .client_address = "192.0.2.7",
            .mechanism = "PLAIN",
            .peer_uid = 42,
            .credential = std::move(shown)};
}

std::string line_for(const Attempt& attempt, const Pins& pins, const Verdict& verdict)
{
    Trail trail;
    trail.server = "dc1";
    return gate::audit_line(attempt, pins, std::get<PasswordCredential>(attempt.credential).login, verdict, trail,
                            1234us);
}

std::filesystem::path scratch_file()
{
    return std::filesystem::temp_directory_path() / ("gatehouse-audit-" + std::to_string(::getpid()) + ".jsonl");
}
} // namespace

TEST_CASE("an audit line is one JSON object that says who, where, how and why, and no secret", "[unit]")
{
    const Pins pins{.listener = "cyrus", .door = "saslauthd", .may_assert_address = true};
    const auto verdict = Verdict::refused(Reason::account_disabled, "data 533",
                                          Person{.realm = "CAMPUS", .name = "carol", .id = "guid"});
    const std::string line = line_for(attempt_for("CAMPUS\\carol", "Sesame-1"), pins, verdict);

    REQUIRE(line.ends_with("}\n"));
    REQUIRE(line.find("Sesame-1") == std::string::npos);
    const auto parsed = boost::json::parse(line).as_object();
    REQUIRE(parsed.at("login").as_string() == "CAMPUS\\carol");
    REQUIRE(parsed.at("name").as_string() == "carol");
    REQUIRE(parsed.at("realm").as_string() == "CAMPUS");
    REQUIRE(parsed.at("client").as_string() == "192.0.2.7");
    REQUIRE(parsed.at("service").as_string() == "imap");
    REQUIRE(parsed.at("door").as_string() == "saslauthd");
    REQUIRE(parsed.at("verdict").as_string() == "denied");
    REQUIRE(parsed.at("reason").as_string() == "account-disabled");
    REQUIRE(parsed.at("server").as_string() == "dc1");
    REQUIRE(parsed.at("us").as_int64() == 1234);
    REQUIRE(parsed.at("time").as_string().ends_with("Z"));
}

TEST_CASE("hostile names cannot break an audit line", "[unit]")
{
    const Pins pins{.listener = "l", .door = "d"};
    for (const std::string& login : {std::string("a\"b\\c\n\x01"), std::string("\xff\xfe"), std::string(65535, 'x'),
                                     std::string("nul\0inside", 10)}) {
        const std::string line = line_for(attempt_for(login, "x"), pins, Verdict::refused(Reason::malformed_name));
        REQUIRE(line.size() < 4096);
        REQUIRE(line.find('\n') == line.size() - 1);
        REQUIRE_NOTHROW(boost::json::parse(line));
    }
    // An address that the listener may not assert is not shown as if it were true.
    REQUIRE(line_for(attempt_for("a", "x"), pins, Verdict::refused(Reason::malformed_name)).find("192.0.2.7") ==
            std::string::npos);
}

TEST_CASE("the audit log writes every line and follows a rotation", "[unit]")
{
    const auto file = scratch_file();
    std::filesystem::remove(file);
    auto audit = gate::AuditLog::open(file).value();
    for (int i = 0; i < 1000; ++i)
        REQUIRE(audit->write("line\n"));
    audit->flush();
    REQUIRE(audit->status().written == 1000);
    REQUIRE(std::filesystem::file_size(file) == 5000);

    const auto rotated = std::filesystem::path(file.string() + ".1");
    std::filesystem::rename(file, rotated);
    audit->reopen();
    REQUIRE(audit->write("after\n"));
    audit.reset();
    REQUIRE(std::filesystem::file_size(rotated) == 5000);
    REQUIRE(std::filesystem::file_size(file) == 6);
    std::filesystem::remove(file);
    std::filesystem::remove(rotated);
}

TEST_CASE("a full disk makes the audit unwritable, and nothing is dropped", "[unit]")
{
    auto audit = gate::AuditLog::open("/dev/full").value();
    REQUIRE(audit->writable());
    REQUIRE(audit->write("line\n"));
    for (int i = 0; i < 200 && audit->writable(); ++i)
        std::this_thread::sleep_for(10ms);
    REQUIRE_FALSE(audit->writable());
    REQUIRE(audit->status().written == 0);
}

TEST_CASE("an audit file that cannot be opened is an error that names it", "[unit]")
{
    const auto audit = gate::AuditLog::open("/nonexistent/audit.jsonl");
    REQUIRE_FALSE(audit.has_value());
    REQUIRE(audit.error().text.find("/nonexistent/audit.jsonl") != std::string::npos);
}
