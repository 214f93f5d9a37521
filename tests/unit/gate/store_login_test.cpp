// Logins with store secrets: who is let in, and that no directory, proof or shield hears of one.
#include "gate_fixture.hpp"

using namespace gatehouse;
using namespace std::chrono_literals;

namespace
{
struct Fixture : GateFixture {
    Fixture()
    {
        campus->add("alice", {.id = "id-alice"});
        pins->store = "imap1.campus.example";
    }

    std::string
    made(gate::StoreSecrets::Order order = {
             .realm = "CAMPUS", .id = "id-alice", .login = "alice", .service = "imap", .store = "imap1.campus.example"})
    {
        return std::string(store_secrets->make(order, std::chrono::system_clock::now()).value().view());
    }

    /// A mirror that knows one person, and has them in this group.
    void mirror(Person person)
    {
        person.realm = "CAMPUS";
        person.known = Detail::account;
        const auto mirror = std::make_shared<people::Mirror>("CAMPUS");
        mirror->begin_sweep();
        mirror->take(
            {.people = {{.person = person, .other_names = {}, .keys = {"p"}, .member_of = {}}},
             .groups = {{.id = "g", .name = "staff", .dn = "", .keys = {"g"}, .members = {"p"}, .member_of = {}}},
             .gone = {},
             .since = Clock::now(),
             .server = "dc1"});
        mirror->end_sweep(Clock::now());
        mirror->report({.live = true, .read_from = Clock::now(), .bound = 1h});
        rules->realms[0].mirror = mirror;
        rules->realms[0].proofs.remember = true;
    }

    Result<Secret> mint(std::string service, gate::StoreGrant grant = {"CAMPUS", "id-alice", "alice"})
    {
        gate::Gate gate(rules, *audit, {*proofs, shield, flights, *store, metrics, *store_secrets, sessions});
        boost::asio::io_context context;
        std::optional<Result<Secret>> made;
        const auto ask = [&]() -> Awaitable<void> {
            made = co_await gate.make_store_secret(std::move(grant), std::move(service), "imap1.campus.example", pins,
                                                   Clock::now() + 5s);
        };
        boost::asio::co_spawn(context, ask(), [](std::exception_ptr failure) { REQUIRE_FALSE(failure); });
        context.run();
        return std::move(*made);
    }
};
} // namespace

TEST_CASE_METHOD(Fixture, "a store secret lets its person in once, and no password is checked", "[unit]")
{
    const std::string text = made();
    const Verdict verdict = login("alice", text);
    REQUIRE(verdict.granted());
    REQUIRE(verdict.person()->id == "id-alice");
    REQUIRE(login("alice", text).reason() == Reason::store_secret_spent);
    REQUIRE(campus->checks == 0);
}

TEST_CASE_METHOD(Fixture, "what begins like a store secret never reaches a directory as a password", "[unit]")
{
    for (const bool remember : {false, true}) {
        rules->realms[0].proofs.remember = remember;
        for (const std::string password : {"ghs1.", "ghs1.nonsense", "ghs1.\xff"}) {
            REQUIRE(login("alice", password).reason() == Reason::store_secret_refused);
            REQUIRE(login("nobody", password).reason() == Reason::store_secret_refused);
        }
    }
    pins->store.clear();
    REQUIRE(login("alice", made()).reason() == Reason::store_secret_refused);
    REQUIRE(campus->checks == 0);
    REQUIRE(campus->finds == 0);
}

TEST_CASE_METHOD(Fixture, "with a store secret nobody acts for others, nor for themselves", "[unit]")
{
    pins->may_act_for_others.add({}, "staff");
    for (const std::string authzid : {"bob", "alice"}) {
        PasswordCredential credential = shown("alice", made());
        credential.authzid = authzid;
        REQUIRE(run({.service = "imap", .mechanism = "PLAIN", .credential = std::move(credential)}).reason() ==
                Reason::authzid_not_allowed);
    }
}

TEST_CASE_METHOD(Fixture, "who shows a store secret must be admitted to the service now", "[unit]")
{
    Person alice{.name = "alice", .id = "id-alice", .mailbox = "alice"};
    mirror(alice);
    REQUIRE(login("alice", made()).granted());
    rules->services["imap"].allow_groups.add({}, "staff");
    REQUIRE(login("alice", made()).granted());
    rules->services["imap"] = {};
    rules->services["imap"].allow_groups.add({}, "others");
    REQUIRE(login("alice", made()).reason() == Reason::not_admitted);
    rules->services.clear();
    alice.state.disabled = true;
    mirror(alice);
    const std::string text = made();
    REQUIRE(login("alice", text).reason() == Reason::account_disabled);
    REQUIRE(login("alice", text).reason() == Reason::store_secret_spent); // a refusal spends it
    REQUIRE(campus->checks + campus->finds == 0);
}

TEST_CASE_METHOD(Fixture, "a renamed person is found by their id, under the mailbox name that they keep", "[unit]")
{
    mirror({.name = "alice.new", .id = "id-alice", .mailbox = "alice.new"});
    const Verdict verdict = login("alice", made());
    REQUIRE(verdict.granted());
    REQUIRE(verdict.person()->name == "alice.new");
}

TEST_CASE_METHOD(Fixture, "a person of the same name with another id is not let in", "[unit]")
{
    campus->people["alice"].id = "id-of-a-new-alice";
    REQUIRE(login("alice", made()).reason() == Reason::unknown_person);
    mirror({.name = "alice", .id = "id-of-a-new-alice", .mailbox = "alice"});
    REQUIRE(login("alice", made()).reason() == Reason::unknown_person);
}

TEST_CASE_METHOD(Fixture, "the realm of a store secret is one that is configured and that the listener may ask for",
                 "[unit]")
{
    REQUIRE(login("alice", made({.realm = "ELSEWHERE",
                                 .id = "id-alice",
                                 .login = "alice",
                                 .service = "imap",
                                 .store = "imap1.campus.example"}))
                .reason() == Reason::unknown_realm);
    pins->realms = {"LAB"};
    REQUIRE(login("alice", made()).reason() == Reason::realm_not_allowed);
}

TEST_CASE_METHOD(Fixture, "an outage of the directory that must be asked is an outage", "[unit]")
{
    campus->outage = true;
    REQUIRE(login("alice", made()).reason() == Reason::directory_unavailable);
}

TEST_CASE_METHOD(Fixture, "a store secret that was made for a granted person logs them in", "[unit]")
{
    const auto secret = mint("imap");
    REQUIRE(secret);
    REQUIRE(login("alice", secret->view()).granted());
}

TEST_CASE_METHOD(Fixture, "a store secret is made for who may use the service now alone", "[unit]")
{
    rules->services["ftp"].allow_groups.add({}, "staff");
    REQUIRE(mint("ftp").error().kind == ErrorKind::invalid);
    pins->services = {"imap"};
    REQUIRE(mint("pop").error().text.contains("pop"));
    REQUIRE(mint("imap"));
    campus->people["alice"].state.disabled = true;
    REQUIRE(mint("imap").error().text == "this account is disabled");
    REQUIRE(mint("imap", {"CAMPUS", "id-bob", "bob"}).error().text == "login failed");
    campus->outage = true;
    REQUIRE(mint("imap").error().kind == ErrorKind::unavailable);
}

TEST_CASE_METHOD(Fixture, "of the edge's address nothing is remembered", "[unit]")
{
    pins->may_assert_address = true;
    PasswordCredential credential = shown("alice", made());
    REQUIRE(run({.service = "imap",
                 .client_address = "192.0.2.7",
                 .mechanism = "PLAIN",
                 .credential = std::move(credential)})
                .granted());
    REQUIRE_FALSE(
        store->knows_network("CAMPUS", "id-alice", gate::network_of("192.0.2.7"), std::chrono::system_clock::now()));
    PasswordCredential password = shown("alice", "right"); // a login of the person's own
    REQUIRE(
        run({.service = "imap", .client_address = "192.0.2.7", .mechanism = "PLAIN", .credential = std::move(password)})
            .granted());
    REQUIRE(
        store->knows_network("CAMPUS", "id-alice", gate::network_of("192.0.2.7"), std::chrono::system_clock::now()));
}
