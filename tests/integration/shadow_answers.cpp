// authctl shadow before the real saslauthd: clients get its answers, and what authd would have said otherwise is told.
#include "shadow_program.hpp"
#include "support/clients.hpp"
#include "support/eventually.hpp"
#include "support/lockable.hpp"
#include "support/mail_clients.hpp"
#include "support/own_authd.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
std::string counted(std::string_view text)
{
    return std::string{static_cast<char>(text.size() >> 8), static_cast<char>(text.size() & 0xff)}.append(text);
}

std::string request(std::string_view login, std::string_view password, std::string_view service = "imap")
{
    return counted(login) + counted(password) + counted(service) + counted("");
}

std::string answer(const Place& place, const std::string& request)
{
    Connection connection(place);
    connection.send(request);
    return connection.read_until_closed();
}

std::string password_of(std::string_view name)
{
    return Lab::current().person(name).password;
}

/// An authd whose people are in a file: as if the new directory knew them otherwise than the old one.
OwnAuthd authd_of_file(const std::string& people)
{
    const auto folder = Lab::current().folder() / "faults/shadow-people";
    std::filesystem::create_directories(folder);
    write_file(folder / "people.yaml", people);
    std::filesystem::permissions(folder / "people.yaml", std::filesystem::perms(0600));
    return OwnAuthd("shadow", {.realms = "  - name: CAMPUS\n    default: true\n    mail_domains: [campus.example]\n"
                                         "    proofs: {remember: false}\n    directory:\n      type: local\n"
                                         "      people_file: " +
                                         (folder / "people.yaml").string() + "\n"});
}

std::string hash(const std::string& password)
{
    const Output output =
        run({Lab::current().program("authctl").string(), "hash", "--password-stdin"}, {.input = password});
    REQUIRE(output.ok());
    return output.out.substr(0, output.out.find('\n'));
}
} // namespace

TEST_CASE("shadow: clients get the old saslauthd's answer to the byte, whatever they ask", "[shadow]")
{
    Shadow shadow;
    const Place old = Shadow::old_saslauthd();
    const std::string right = request("alice", password_of("alice"));
    for (const std::string& asked :
         {right, request("alice", "wrong"), request("nobody", "x"), request("alice", ""), request("", ""),
          request("alice", std::string(60'000, 'a')), request(std::string(300, 'a'), "x"),
          right + counted("192.0.2.7;4711"), request(std::string("alice\0bob", 9), "x")}) {
        const std::string told = answer(shadow.door(), asked);
        CHECK(told == answer(old, asked));
        CHECK(told.size() >= 4);
    }
    { // slowly
        Connection connection(shadow.door());
        connection.send_slowly(right, 5ms);
        CHECK(connection.read_until_closed() == answer(old, right));
    }
    { // cut off
        Connection connection(shadow.door());
        connection.send(right.substr(0, 9));
        connection.finish_sending();
        CHECK(connection.read_until_closed().empty());
    }
    const auto end = shadow.end();
    CHECK(end.sum("broken") == 1);
    CHECK(end.differences.empty());
    CHECK(end.status == 0);
    CHECK_FALSE(std::filesystem::exists(shadow.door().path));
}

TEST_CASE("shadow: where authd would differ is told, with its reason, and nothing else", "[shadow]")
{
    Shadow shadow;
    CHECK(testsaslauthd(shadow.door(), "imap", "alice", password_of("alice")).told == Told::granted);
    CHECK(testsaslauthd(shadow.door(), "ftp", "bob", password_of("bob")).told == Told::granted);
    CHECK(testsaslauthd(shadow.door(), "imap", "alice", password_of("alice"), "elsewhere.example").told ==
          Told::granted);
    CHECK(testsaslauthd(shadow.door(), "imap", "gina", password_of("gina")).told == Told::granted);
    for (const char* const name : {"carol", "dave", "erin", "harry"}) // slapd itself refuses them, so both do
        CHECK(testsaslauthd(shadow.door(), "imap", name, password_of(name)).told == Told::denied);
    CHECK(testsaslauthd(shadow.door(), "imap", "nobody", "x").told == Told::denied);
    CHECK(shadow.lines("differs", 3).size() == 3);
    CHECK(shadow.lines("same", 6).size() == 6);

    shadow.process().signal(SIGUSR1);
    CHECK(shadow.lines("sums").size() == 1);
    auto end = shadow.end();
    std::ranges::sort(end.differences); // questions are asked at once
    CHECK(end.differences ==
          std::vector<std::string>{
              "differs old=OK authd=denied reason=must-change-password service=imap realm=- login=gina",
              "differs old=OK authd=denied reason=not-admitted service=ftp realm=- login=bob",
              "differs old=OK authd=denied reason=unknown-realm service=imap realm=elsewhere.example login=alice"});
    CHECK(end.sum("same") == 6);
    CHECK(end.status == 1);
}

TEST_CASE("shadow: a wrong password reaches the directory as often as the old saslauthd tries it, and authd never",
          "[shadow]")
{
    Shadow shadow;
    const Lockable nina;
    const AuditFile audit = Lab::current().audit();
    const std::size_t before = nina.wrong_passwords();
    for (const char* const wrong : {"wrong-1", "wrong-1", "wrong-2", "wrong-2"}) // the fifth would lock her
        CHECK(testsaslauthd(shadow.door(), "imap", nina.name(), wrong).told == Told::denied);
    CHECK(shadow.lines("not-compared", 4).size() == 4);
    CHECK(nina.wrong_passwords() - before == 4);
    CHECK_FALSE(nina.locked());
    CHECK(audit.settled().empty());

    CHECK(testsaslauthd(shadow.door(), "imap", nina.name(), nina.password()).told == Told::granted);
    CHECK(shadow.lines("same").size() == 1);
    CHECK(audit.lines(1).size() == 1);
    const auto end = shadow.end();
    CHECK(end.sum("not_compared") == 4);
    CHECK(end.status == 0);
}

TEST_CASE("shadow: a password that authd's directory refuses is tried there once, in whatever form its owner types "
          "the name, and whom it would refuse anyway is not tried",
          "[shadow]")
{
    OwnAuthd authd =
        authd_of_file("people:\n  - {name: alice, password: \"" + hash("another") +
                      "\", addresses: [alice@campus.example]}\n  - {name: bob, disabled: true, password: \"" +
                      hash(password_of("bob")) + "\"}\n");
    Shadow shadow({.control = authd.door("control").path});
    const AuditFile audit = authd.audit();
    for (int i = 0; i < 3; ++i) {
        CHECK(testsaslauthd(shadow.door(), "imap", "alice", password_of("alice")).told == Told::granted);
        CHECK(testsaslauthd(shadow.door(), "smtp", "alice", password_of("alice"), "campus.example").told ==
              Told::granted);
        CHECK(testsaslauthd(shadow.door(), "imap", "bob", password_of("bob")).told == Told::granted);
    }
    CHECK(shadow.lines("differs", 4).size() == 4);
    CHECK(shadow.lines("not-repeated", 5).size() == 5);
    const auto tried = audit.settled();
    REQUIRE(tried.size() == 1);
    CHECK(tried[0]["login"].starts_with("alice"));
    CHECK(tried[0]["reason"] == "wrong-password");

    const auto end = shadow.end();
    CHECK(end.sum("not_repeated") == 5);
    CHECK(std::ranges::count_if(end.differences, [](const std::string& line) {
              return line == "differs old=OK authd=denied reason=account-disabled service=imap realm=- login=bob";
          }) == 3);
    CHECK(end.status == 1);
}

TEST_CASE("shadow: Postfix logs people in through it by Cyrus SASL", "[shadow]")
{
    Shadow shadow({.listen = Lab::current().door("postfix-shadow").path});
    const Place submission = Lab::current().place("submission-cyrus");
    CHECK(smtp_login(submission, SmtpMethod::plain, "alice", password_of("alice")).told == Told::granted);
    CHECK(smtp_login(submission, SmtpMethod::login, "alice@campus.example", password_of("alice")).told ==
          Told::granted);
    CHECK(smtp_login(submission, SmtpMethod::plain, "alice", "wrong").told == Told::denied);
    CHECK(shadow.lines("same", 2).size() == 2);
    const auto end = shadow.end();
    CHECK(end.sum("not_compared") == 1);
    CHECK(end.status == 0);
    CHECK(smtp_login(submission, SmtpMethod::plain, "alice", password_of("alice")).told == Told::unavailable);
}

} // namespace gatehouse::integration
