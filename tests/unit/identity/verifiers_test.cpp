#include "identity/verifiers.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <set>
#include <string>

using namespace gatehouse;

namespace
{
/// A realm that knows some short names; its verifiers can be told by their salt.
class ScriptedSource : public VerifierSource
{
public:
    ScriptedSource(std::string realm, std::set<std::string> people)
        : realm_(std::move(realm)), people_(std::move(people))
    {
    }

    FoundVerifier find_verifier(const LoginName& name, ScramHash hash) const override
    {
        FoundVerifier found{.verifier = {.hash = hash, .salt = realm_ + '/' + name.user}};
        if (!people_.contains(name.user))
            return found;
        found.reason = Reason::granted;
        found.realm = realm_;
        found.name = name.user;
        return found;
    }

private:
    std::string realm_;
    std::set<std::string> people_;
};

Verifiers verifiers(bool with_default)
{
    return Verifiers({{.names = {.realm = "CAMPUS", .upn_suffixes = {"campus.example"}}, .source = nullptr},
                      {.names = {.realm = "LOCAL", .mail_domains = {"both.example"}, .is_default = with_default},
                       .source = std::make_shared<ScriptedSource>("LOCAL", std::set<std::string>{"rescue", "twin"})},
                      {.names = {.realm = "LAB", .mail_domains = {"both.example"}},
                       .source = std::make_shared<ScriptedSource>("LAB", std::set<std::string>{"twin", "carol"})}});
}
} // namespace

TEST_CASE("a verifier is looked for where the name belongs", "[unit]")
{
    const Verifiers all = verifiers(true);
    for (const std::string_view login : {"rescue", "LOCAL\\rescue", "rescue@local", "rescue@both.example"}) {
        INFO(login);
        const FoundVerifier found = all.find(login, {}, ScramHash::sha1);
        CHECK(found.reason == Reason::granted);
        CHECK(found.realm == "LOCAL");
        CHECK(found.name == "rescue");
    }
    CHECK(all.find("carol", {}, ScramHash::sha1).reason == Reason::unknown_person);
    CHECK(all.find("carol", "LAB", ScramHash::sha1).realm == "LAB");
    CHECK(all.find("carol@both.example", {}, ScramHash::sha1).realm == "LAB");
}

TEST_CASE("a name of two realms' people is ambiguous", "[unit]")
{
    const FoundVerifier found = verifiers(false).find("twin", {}, ScramHash::sha256);
    CHECK(found.reason == Reason::ambiguous_name);
    CHECK_FALSE(found.why.empty());
    CHECK(verifiers(false).find("LAB\\twin", {}, ScramHash::sha256).reason == Reason::granted);
}

TEST_CASE("every text gets a decoy: a name of a realm without verifiers, of no realm, and what is no name", "[unit]")
{
    const Verifiers all = verifiers(true);
    for (const std::string login : {"alice@campus.example", "alice@elsewhere.example", "a\nb", ""}) {
        INFO(login);
        const FoundVerifier found = all.find(login, {}, ScramHash::sha256);
        CHECK(found.reason == Reason::unknown_person);
        CHECK_FALSE(found.verifier.salt.empty());
        CHECK(found.name.empty());
        CHECK(found.verifier == all.find(login, {}, ScramHash::sha256).verifier);
    }
}

TEST_CASE("where no realm keeps verifiers nothing can be found out", "[unit]")
{
    const Verifiers none({{.names = {.realm = "CAMPUS"}, .source = nullptr}});
    CHECK_FALSE(none.any());
    CHECK(is_outage(none.find("alice", {}, ScramHash::sha256).reason));
    CHECK(verifiers(true).any());
}
