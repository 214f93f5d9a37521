#include "directory/local_people.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

using gatehouse::Detail;
using gatehouse::LoginName;
using gatehouse::Membership;
using gatehouse::parse_login_name;
using gatehouse::directory::LocalPeople;
using namespace std::chrono_literals;

namespace
{
class PeopleFolder
{
public:
    PeopleFolder()
    {
        std::string name = std::filesystem::temp_directory_path() / "gatehouse-people-XXXXXX";
        REQUIRE(::mkdtemp(name.data()));
        path_ = name;
    }
    ~PeopleFolder() { std::filesystem::remove_all(path_); }
    PeopleFolder(const PeopleFolder&) = delete;
    PeopleFolder& operator=(const PeopleFolder&) = delete;

    gatehouse::Result<LocalPeople> read(std::string text, mode_t mode = 0600) const
    {
        for (std::size_t at; (at = text.find("HASH")) != std::string::npos;)
            text.replace(
                at, 4,
                "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$SxSH0vf0Kcm8Cw6p+3YTBZ1n8PxIZCqdGtTcJEQOJAE");
        const std::string file = path_ + "/people.yaml";
        std::ofstream(file, std::ios::binary) << text;
        REQUIRE(::chmod(file.c_str(), mode) == 0);
        return LocalPeople::read("LAB", file);
    }

    std::string faults(const std::string& text, mode_t mode = 0600) const
    {
        const auto people = read(text, mode);
        if (people)
            return "no fault";
        std::string faults = people.error().text;
        for (std::size_t at; (at = faults.find(path_ + '/')) != std::string::npos;)
            faults.erase(at, path_.size() + 1);
        return faults;
    }

private:
    std::string path_;
};

const std::string campus = R"(people:
  - name: Alice
    password: "HASH"
    display_name: Alice Ångström
    addresses: [alice@campus.example, Alice.A@Campus.Example]
    posix: {uid: 5001, gid: 5000, home: /home/alice}
  - name: bob
    id: 7c1d
    password: HASH
    addresses: [bob@campus.example]
    disabled: true
    expires: 2027-01-31
    must_change_password: true
  - name: carol
    password: HASH
    addresses: [bob@campus.example]
groups:
  - {name: Staff, members: [bob], groups: [dept-1, loop-a]}
  - {name: dept-1, members: [Alice], groups: [team]}
  - {name: team, members: [alice, carol]}
  - {name: loop-a, groups: [loop-b]}
  - {name: loop-b, groups: [loop-a, team]}
)";

std::string names(const LocalPeople& people, std::string_view login)
{
    std::string names;
    for (const auto* entry : people.find(parse_login_name(login).value()))
        names += entry->person.name + ' ';
    return names;
}
} // namespace

TEST_CASE("a people file becomes people", "[unit][local]")
{
    const PeopleFolder folder;
    INFO(folder.faults(campus));
    const auto people = folder.read(campus);
    REQUIRE(people);
    REQUIRE(people->people().size() == 3);
    const auto& alice = people->people()[0].person;
    CHECK(alice.realm == "LAB");
    CHECK(alice.name == "alice");
    CHECK(alice.mailbox == "alice");
    CHECK(alice.id == "local:alice");
    CHECK(alice.display_name == "Alice Ångström");
    CHECK(alice.addresses == std::vector<std::string>{"alice@campus.example", "alice.a@campus.example"});
    REQUIRE(alice.posix);
    CHECK(alice.posix->uid == 5001);
    CHECK(alice.posix->home == "/home/alice");
    CHECK(alice.state == gatehouse::AccountState{});
    const auto& bob = people->people()[1].person;
    CHECK(bob.id == "7c1d");
    CHECK(bob.mail_host.empty());
    const auto with_host = folder.read(R"(people: [{name: a, password: "HASH", mail_host: imap1.campus.example}])");
    REQUIRE(with_host);
    CHECK(with_host->people()[0].person.mail_host == "imap1.campus.example");
    CHECK(bob.state.disabled);
    CHECK(bob.state.must_change_password);
    CHECK(bob.state.expires == std::chrono::sys_days(2027y / 1 / 31));
}

TEST_CASE("a login name means the people that it fits, and more than one is seen", "[unit][local]")
{
    const PeopleFolder folder;
    const auto people = folder.read(campus);
    REQUIRE(people);
    CHECK(names(*people, "alice") == "alice ");
    CHECK(names(*people, "ALICE") == "alice ");
    CHECK(names(*people, "LAB\\alice") == "alice ");
    CHECK(names(*people, "alice@campus.example") == "alice "); // by name and by address, still one person
    CHECK(names(*people, "Alice.A@campus.EXAMPLE") == "alice ");
    CHECK(names(*people, "carol@campus.example") == "carol ");
    CHECK(names(*people, "bob@campus.example") == "bob carol ");
    CHECK(names(*people, "bob") == "bob ");
    CHECK(names(*people, "alice.a") == "");
    CHECK(names(*people, "dave@campus.example") == "");
    CHECK(names(*people, "alice\\alice@campus.example") == "");
}

TEST_CASE("groups nest, may loop, and each is told with its shortest way", "[unit][local]")
{
    const PeopleFolder folder;
    const auto people = folder.read(campus);
    REQUIRE(people);
    const auto of = [&](std::size_t index) { return people->memberships(people->people()[index]); };
    CHECK(of(0) == std::vector<Membership>{{"dept-1", "", {}},
                                           {"team", "", {}},
                                           {"staff", "", {"dept-1"}},
                                           {"loop-b", "", {"team"}},
                                           {"loop-a", "", {"team", "loop-b"}}});
    CHECK(of(1) == std::vector<Membership>{{"staff", "", {}}});
    CHECK(of(2) == std::vector<Membership>{{"team", "", {}},
                                           {"dept-1", "", {"team"}},
                                           {"loop-b", "", {"team"}},
                                           {"staff", "", {"team", "dept-1"}},
                                           {"loop-a", "", {"team", "loop-b"}}});
}

TEST_CASE("the hash that stands in for an unknown person costs what one of the people's costs", "[unit][local]")
{
    const PeopleFolder folder;
    const auto people = folder.read(campus);
    REQUIRE(people);
    const auto cost = gatehouse::argon2_cost(people->unmatched_hash_for("mallory"));
    REQUIRE(cost);
    CHECK(*cost == people->people()[0].cost);
    CHECK(people->unmatched_hash_for("mallory") == people->unmatched_hash_for("MALLORY"));
    const auto nobody = folder.read("people: []\n");
    REQUIRE(nobody);
    CHECK(gatehouse::argon2_cost(nobody->unmatched_hash_for("mallory")).value() == gatehouse::Argon2Cost{});
}

TEST_CASE("the faults of a people file", "[unit][local]")
{
    const PeopleFolder folder;
    const auto with = [&](std::string_view from, std::string_view to) {
        std::string text = campus;
        const std::size_t at = text.find(from);
        REQUIRE(at != std::string::npos);
        return folder.faults(text.replace(at, from.size(), to));
    };
    CHECK(with("name: bob", "name: ALICE") == "people.yaml:7:5: people[1]: another person is named \"alice\"\n"
                                              "people.yaml:18:29: groups[0].members[0]: unknown person \"bob\"");
    CHECK(with("id: 7c1d", "id: local:alice") ==
          "people.yaml:7:5: people[1]: another person has the id \"local:alice\"");
    CHECK(
        with("name: bob", "name: b@b")
            .starts_with(
                "people.yaml:7:11: people[1].name: expected a name without '@', '\\', '/' and blanks, found \"b@b\""));
    CHECK(with("password: \"HASH\"", "password: hunter2") ==
          "people.yaml:3:15: people[0].password: expected an argon2id hash, $argon2id$v=19$m=...,t=...,p=...$SALT$TAG, "
          "as `authctl hash` makes it");
    CHECK(with("    password: \"HASH\"\n", "") == "people.yaml:2:5: people[0]: missing key \"password\"");
    CHECK(with("2027-01-31", "2027-02-29") ==
          "people.yaml:12:14: people[1].expires: expected a date such as 2027-01-31, found \"2027-02-29\"");
    CHECK(with("2027-01-31", "31.1.2027") ==
          "people.yaml:12:14: people[1].expires: expected a date such as 2027-01-31, found \"31.1.2027\"");
    CHECK(with("disabled: true", "disable: true") ==
          "people.yaml:11:5: people[1]: unknown key \"disable\" (did you mean \"disabled\"?)");
    CHECK(with("alice@campus", "alice campus") ==
          "people.yaml:5:17: people[0].addresses[0]: expected a mail address, found \"alice campus.example\"");
    CHECK(with("uid: 5001", "uid: 0") ==
          "people.yaml:6:18: people[0].posix.uid: expected a whole number from 1 to 4294967294, found \"0\"");
    CHECK(with("members: [bob]", "members: [bop]") ==
          "people.yaml:18:29: groups[0].members[0]: unknown person \"bop\"");
    CHECK(with("groups: [team]", "groups: [teem]") == "people.yaml:19:47: groups[1].groups[0]: unknown group \"teem\"");
    CHECK(with("name: team", "name: Staff").find("people.yaml:20:5: groups[2]: another group is named \"staff\"") !=
          std::string::npos);
    CHECK(with("people:", "persons:").starts_with("people.yaml:1:1: missing key \"people\""));
    CHECK(folder.faults(campus, 0644) ==
          "people.yaml: others may read or change it; expected mode 0600 or 0640: chmod g-w,o= people.yaml");
}

TEST_CASE("the people file that is shown as an example is sound", "[unit][local]")
{
    const PeopleFolder folder;
    std::ifstream stream(std::filesystem::path(__FILE__).parent_path() / "../../../config/examples/people.yaml");
    REQUIRE(stream.good());
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    INFO(folder.faults(text));
    const auto people = folder.read(text);
    REQUIRE(people);
    CHECK(people->memberships(people->people().at(1)).size() == 2); // guest, in staff through library
}

namespace
{
const std::string sha256 = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
                           "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
const std::string sha1 = "SCRAM-SHA-1$5000:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSulAsxiupA+qs2/fTE=";

std::string with_verifiers(const std::string& people)
{
    return "people:\n  - {name: user, password: \"HASH\", addresses: [u@campus.example], scram: [\"" + sha256 +
           "\", \"" + sha1 + "\"]}\n" + people;
}

gatehouse::FoundVerifier look_up(const LocalPeople& people, std::string_view login,
                                 gatehouse::ScramHash hash = gatehouse::ScramHash::sha256)
{
    return people.find_verifier(parse_login_name(login).value(), hash);
}
} // namespace

TEST_CASE("a person's verifiers are found by every name that means the person", "[unit][local]")
{
    const PeopleFolder folder;
    const auto people = folder.read(with_verifiers(""));
    REQUIRE(people);
    for (const std::string_view login : {"user", "USER", "LAB\\user", "u@campus.example"}) {
        const auto found = look_up(*people, login);
        CHECK(found.reason == gatehouse::Reason::granted);
        CHECK(found.name == "user");
        CHECK(found.realm == "LAB");
        CHECK(format_scram_verifier(found.verifier) == sha256);
    }
    CHECK(format_scram_verifier(look_up(*people, "user", gatehouse::ScramHash::sha1).verifier) == sha1);
}

TEST_CASE("who has no verifier gets one like the others', always the same, that is nobody else's", "[unit][local]")
{
    const PeopleFolder folder;
    const auto people = folder.read(with_verifiers("  - {name: bare, password: \"HASH\"}\n"));
    REQUIRE(people);
    const auto bare = look_up(*people, "bare");
    CHECK(bare.reason == gatehouse::Reason::wrong_password);
    CHECK(bare.name == "bare");
    const auto nobody = look_up(*people, "Nobody");
    CHECK(nobody.reason == gatehouse::Reason::unknown_person);
    CHECK(nobody.name.empty());
    CHECK(nobody.verifier == look_up(*people, "nobody").verifier);
    CHECK(nobody.verifier == look_up(*people, "nobody@campus.example").verifier);
    CHECK(nobody.verifier.iterations == 4096);
    CHECK(nobody.verifier.salt.size() == 16);
    CHECK(nobody.verifier.stored_key.size() == 32);
    CHECK(nobody.verifier.salt != bare.verifier.salt);
    CHECK(nobody.verifier.stored_key != bare.verifier.stored_key);
    const auto by_sha1 = look_up(*people, "nobody", gatehouse::ScramHash::sha1).verifier;
    CHECK(by_sha1.iterations == 5000);
    CHECK(by_sha1.salt.size() == 12);
    CHECK(by_sha1.stored_key.size() == 20);
}

TEST_CASE("decoys outlive a restart and other people's changes, as real verifiers do", "[unit][local]")
{
    const PeopleFolder folder;
    const auto before = folder.read(with_verifiers(""));
    const auto after = folder.read(with_verifiers("  - {name: bare, password: \"HASH\"}\n"));
    REQUIRE((before && after));
    CHECK(look_up(*before, "nobody").verifier == look_up(*after, "nobody").verifier);
}

TEST_CASE("a people file with a bad verifier is refused with its place", "[unit][local]")
{
    const PeopleFolder folder;
    CHECK(folder.faults("people:\n  - {name: a, password: \"HASH\", scram: [plain]}\n")
              .find("scram[0]: expected a verifier SCRAM-SHA-256$") != std::string::npos);
    CHECK(folder.faults("people:\n  - {name: a, password: \"HASH\", scram: [\"" + sha1 + "\", \"" + sha1 + "\"]}\n")
              .find("scram[1]: another verifier of this person is for the same mechanism") != std::string::npos);
    CHECK(folder.faults("people:\n  - {name: a, password: \"HASH\", scram: []}\n") != "no fault");
}
