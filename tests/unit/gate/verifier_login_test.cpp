// Proofs of SCRAM, and client certificates.
#include "gate_fixture.hpp"

using namespace gatehouse;

namespace
{
struct Fixture : GateFixture {
    Fixture()
    {
        campus->add("bob");
        lab->add("alice");
    }

    Verdict prove(VerifierCredential credential, std::string address = {})
    {
        return run({.service = "imap",
                    .client_address = std::move(address),
                    .mechanism = "SCRAM-SHA-256",
                    .credential = std::move(credential)});
    }

    static VerifierCredential proof(std::string login, Reason proof = Reason::granted, std::string realm = "CAMPUS")
    {
        return {.login = login, .authzid = {}, .realm = std::move(realm), .name = login, .proof = proof, .why = {}};
    }

    Verdict certify(std::vector<std::string> names, std::string authzid = {})
    {
        const std::string login = names.empty() ? "" : names.front();
        return run({.service = "imap",
                    .mechanism = "EXTERNAL",
                    .credential = CertificateCredential{
                        .login = login, .authzid = std::move(authzid), .names = std::move(names)}});
    }
};
} // namespace

TEST_CASE_METHOD(Fixture, "a right proof is a login of its person, and the directory checks no password", "[unit]")
{
    const Verdict verdict = prove(proof("alice"));
    REQUIRE(verdict.granted());
    REQUIRE(verdict.person()->realm == "CAMPUS");
    REQUIRE(campus->checks == 0);
    campus->people["alice"].state.disabled = true;
    REQUIRE(prove(proof("alice")).reason() == Reason::account_disabled);
}

TEST_CASE_METHOD(Fixture, "a wrong proof is a wrong password, and nobody is unknown", "[unit]")
{
    const Verdict wrong = prove(proof("alice", Reason::wrong_password));
    REQUIRE(wrong.reason() == Reason::wrong_password);
    REQUIRE(wrong.person()->name == "alice");
    VerifierCredential nobody = proof("nobody", Reason::unknown_person, "");
    nobody.name.clear();
    REQUIRE(prove(nobody).reason() == Reason::unknown_person);
    campus->people["alice"].state.disabled = true; // a wrong password learns nothing of it
    REQUIRE(prove(proof("alice", Reason::wrong_password)).reason() == Reason::wrong_password);
}

TEST_CASE_METHOD(Fixture, "a proof of one realm's person opens no account of the same name in another", "[unit]")
{
    REQUIRE(prove(proof("alice", Reason::granted, "LAB")).reason() == Reason::ambiguous_name);
    pins->realms = {"CAMPUS"};
    REQUIRE(prove(proof("alice", Reason::granted, "LAB")).reason() == Reason::realm_not_allowed);
    VerifierCredential other = proof("LAB\\alice", Reason::granted, "LAB");
    other.name = "alice";
    REQUIRE(prove(other).reason() == Reason::realm_not_allowed);
    pins->realms.clear();
    REQUIRE(prove(other).person()->realm == "LAB");
    REQUIRE(prove(proof("alice", Reason::ambiguous_name)).reason() == Reason::ambiguous_name);
}

TEST_CASE_METHOD(Fixture, "a network that guesses the passwords of many is slowed, by SCRAM as by PLAIN", "[unit]")
{
    pins->may_assert_address = true;
    rules->realms[0].shield.spray_people = 2;
    for (const std::string name : {"carol", "dave", "erin"}) {
        Person person;
        person.id = name + "'s id";
        campus->add(name, person);
    }
    for (const std::string name : {"carol", "dave"})
        REQUIRE(prove(proof(name, Reason::wrong_password), "192.0.2.7").reason() == Reason::wrong_password);
    REQUIRE(prove(proof("erin", Reason::wrong_password), "192.0.2.8").reason() == Reason::network_slowed);
    REQUIRE(prove(proof("erin"), "192.0.2.8").reason() == Reason::network_slowed);
    REQUIRE(prove(proof("erin"), "198.51.100.7").granted());
}

TEST_CASE_METHOD(Fixture, "while the directory is away a right proof is no login and no refusal", "[unit]")
{
    campus->outage = true;
    REQUIRE(prove(proof("alice")).reason() == Reason::directory_unavailable);
}

TEST_CASE_METHOD(Fixture, "who has proved themselves may act for others where the listener allows it", "[unit]")
{
    VerifierCredential other = proof("alice");
    other.authzid = "bob";
    REQUIRE(prove(other).reason() == Reason::authzid_not_allowed);
    pins->may_external = true;
    REQUIRE(certify({"alice"}, "bob").reason() == Reason::authzid_not_allowed);
    campus->people["alice"].groups = {{.group = "admins"}};
    pins->may_act_for_others.add({}, "admins");
    REQUIRE(prove(other).person()->name == "bob");
    REQUIRE(actor == "alice");
    REQUIRE(certify({"alice"}, "bob").person()->name == "bob");
}

TEST_CASE_METHOD(Fixture, "certificates are believed from listeners that may vouch for them", "[unit]")
{
    REQUIRE(certify({"alice@campus.example"}).reason() == Reason::external_not_allowed);
    pins->may_external = true;
    REQUIRE(certify({"alice@campus.example"}).person()->name == "alice");
    REQUIRE(certify({"alice@elsewhere.example"}).reason() == Reason::unknown_realm);
    REQUIRE(certify({"nobody@campus.example"}).reason() == Reason::unknown_person);
    REQUIRE(certify({"a\nb"}).reason() == Reason::malformed_name);
    REQUIRE(certify({}).reason() == Reason::malformed_credential);
    campus->people["alice"].state.disabled = true;
    REQUIRE(certify({"alice@campus.example"}).reason() == Reason::account_disabled);
    REQUIRE(campus->checks == 0);
}

TEST_CASE_METHOD(Fixture, "the addresses of a certificate must mean one person", "[unit]")
{
    pins->may_external = true;
    REQUIRE(certify({"nobody@campus.example", "alice@campus.example", "CAMPUS\\alice"}).person()->name == "alice");
    REQUIRE(certify({"alice@campus.example", "x@elsewhere.example"}).granted());
    REQUIRE(certify({"alice@campus.example", "bob@campus.example"}).reason() == Reason::ambiguous_name);
    REQUIRE(certify({"x@elsewhere.example", "y@elsewhere.example"}).reason() == Reason::unknown_realm);
    campus->outage = true;
    REQUIRE(certify({"alice@campus.example", "bob@campus.example"}).reason() == Reason::directory_unavailable);
}
