#include "people/people.hpp"

#include "records.hpp"

using namespace gatehouse;
using namespace gatehouse::people;

namespace
{
PersonRecord alice()
{
    PersonRecord record = person("alice");
    record.person.upn = "A.Anders@Campus.Example";
    record.person.addresses = {"Alice@Campus.Example", "ally@lists.example"};
    return record;
}

std::shared_ptr<const People> people_of(std::vector<PersonRecord> people, RealmFacts facts = {})
{
    Mirror mirror("CAMPUS");
    mirror.learn(std::move(facts));
    sweep(mirror, std::move(people));
    return mirror.people();
}

bool decides(std::string_view login)
{
    return People::decides(parse_login_name(login).value());
}
} // namespace

TEST_CASE("a person is found by each form of name, in any case")
{
    const auto people = people_of({alice(), person("bob")});
    CHECK(who(*people, "alice") == "alice");
    CHECK(who(*people, "ALICE") == "alice");
    CHECK(who(*people, "CAMPUS\\Alice") == "alice");
    CHECK(who(*people, "a.anders@campus.example") == "alice");
    CHECK(who(*people, "ALLY@lists.EXAMPLE") == "alice");
    CHECK(who(*people, "alice@campus.example") == "alice"); // an address and the short name: one person
    CHECK(who(*people, "bob@campus.example") == "bob");
    CHECK(who(*people, "carol") == "nobody");
    CHECK(who(*people, "ally") == "nobody");
    CHECK(who(*people, "a.anders") == "nobody");
    CHECK(who(*people, "CAMPUS\\ally") == "nobody");
}

TEST_CASE("further short names mean the person, too")
{
    PersonRecord record = person("bob");
    record.other_names = {"Bobby", "bob"};
    const auto people = people_of({record});
    CHECK(who(*people, "bobby") == "bob");
    CHECK(who(*people, "BOBBY@campus.example") == "bob");
    CHECK(who(*people, "bob") == "bob");
}

TEST_CASE("a security identifier finds its person where a ticket names it, and nobody can type it")
{
    PersonRecord record = person("bob");
    record.other_names = {"sid:s-1-5-21-1-2-3-1104"};
    const auto people = people_of({record});
    const auto found = people->find(name_of_sid("S-1-5-21-1-2-3-1104"));
    REQUIRE(found.one);
    CHECK(people->describe(*found.one, Detail::name).name == "bob");
    CHECK(people->find(name_of_sid("S-1-5-21-1-2-3-1105")).absent());
    for (const std::string name :
         {"sid:S-1-5-21-1-2-3-1104", "CAMPUS\\sid:S-1-5-21-1-2-3-1104", "sid:S-1-5-21-1-2-3-1104@campus.example"})
        CHECK(who(*people, name) == "nobody");
}

TEST_CASE("short names may have an at sign or a backslash in them")
{
    const auto people = people_of({person("carol@old.example"), person("lab\\dave"), person("eve")},
                                  {.qualified_names_any_suffix = false, .own_suffixes = {}});
    CHECK(who(*people, "Carol@OLD.example") == "carol@old.example");
    CHECK(who(*people, "LAB\\Dave") == "lab\\dave");
    CHECK(who(*people, "LAB\\eve") == "eve");
    CHECK(who(*people, "carol") == "nobody");
    const auto plain = people->find(as_plain(parse_login_name("carol@old.example").value()));
    REQUIRE(plain.one);
    CHECK(plain.one->name() == "carol@old.example");
}

TEST_CASE("the realm's facts say which suffixes a short name may have")
{
    const auto people =
        people_of({alice(), person("bob")}, {.qualified_names_any_suffix = false, .own_suffixes = {"campus.example"}});
    CHECK(who(*people, "bob@Campus.Example") == "bob");
    CHECK(who(*people, "bob@CAMPUS") == "bob"); // no dot
    CHECK(who(*people, "bob@lists.example") == "nobody");
    CHECK(who(*people, "ally@lists.example") == "alice"); // an address all the same
    CHECK(who(*people, "bob") == "bob");
}

TEST_CASE("facts that are learned later hold at once")
{
    Mirror mirror("CAMPUS");
    sweep(mirror, {person("bob")});
    CHECK(who(*mirror.people(), "bob@elsewhere.example") == "bob");
    mirror.learn({.qualified_names_any_suffix = false, .own_suffixes = {}});
    CHECK(who(*mirror.people(), "bob@elsewhere.example") == "nobody");
    CHECK_FALSE(mirror.facts()->qualified_names_any_suffix);
    const auto same = mirror.people();
    mirror.learn({.qualified_names_any_suffix = false, .own_suffixes = {}});
    CHECK(mirror.people() == same);
}

TEST_CASE("a name that fits several people is ambiguous, and all are told")
{
    PersonRecord bob = person("bob");
    bob.person.addresses = {"alice@campus.example"};
    PersonRecord zoe = person("zoe");
    zoe.other_names = {"alice"};
    const auto people = people_of({zoe, bob, alice()});
    CHECK(who(*people, "alice") == "alice zoe");
    CHECK(who(*people, "alice@campus.example") == "alice bob zoe");
    CHECK(who(*people, "bob") == "bob");
}

TEST_CASE("two people with one short name and different ids are ambiguous")
{
    PersonRecord other = person("bob");
    other.person.id = "another";
    const auto people = people_of({person("bob"), other});
    CHECK(who(*people, "bob") == "bob bob");
    CHECK(people->size() == 2);
}

TEST_CASE("characters outside ASCII are compared as they are")
{
    const auto people = people_of({person("jürgen")});
    CHECK(who(*people, "JüRGEN") == "jürgen");
    CHECK(who(*people, "JÜRGEN") == "nobody");
}

TEST_CASE("only names of printable ASCII without blanks are decided here")
{
    CHECK(decides("alice"));
    CHECK(decides("CAMPUS\\a.b-c_d$~!"));
    CHECK(decides("alice@campus.example"));
    CHECK_FALSE(decides("alice anders"));
    CHECK_FALSE(decides("jürgen"));
    CHECK_FALSE(decides("alice@campüs.example"));
    CHECK_FALSE(decides(" alice"));
}

TEST_CASE("a person is found by stable id, to the letter")
{
    const auto people = people_of({alice()});
    REQUIRE(people->with_id("id-alice"));
    CHECK(people->with_id("id-alice")->name() == "alice");
    CHECK_FALSE(people->with_id("ID-alice"));
    CHECK_FALSE(people->with_id(""));
}

TEST_CASE("the ids of everybody are told, each once")
{
    std::vector<PersonRecord> many;
    Texts ids;
    for (int i = 0; i < 500; ++i) {
        many.push_back(person("p" + std::to_string(i)));
        ids.push_back(many.back().person.id);
    }
    CHECK(sorted(people_of(many)->ids()) == sorted(ids));
    CHECK(people_of({})->ids().empty());
}

TEST_CASE("a person is described with the realm, and as far as was asked")
{
    Mirror mirror("CAMPUS");
    sweep(mirror, {alice()}, {group("staff", {"alice"})});
    const auto people = mirror.people();
    const auto stored = people->with_id("id-alice");
    const Person account = people->describe(*stored, Detail::account);
    CHECK(account.realm == "CAMPUS");
    CHECK(account.upn == "A.Anders@Campus.Example");
    CHECK(account.known == Detail::account);
    CHECK(account.groups.empty());
    const Person with_groups = people->describe(*stored, Detail::groups);
    CHECK(with_groups.known == Detail::groups);
    CHECK(with_groups.groups == std::vector<Membership>{{.group = "staff", .dn = "cn=staff,dc=campus", .via = {}}});
}
