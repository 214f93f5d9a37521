// How the mail edge logs in at a mail store: a secret that authd mints for one login, and every way to misuse one.
#include "client/authd.hpp"
#include "support/clients.hpp"
#include "support/dovecot_client.hpp"
#include "support/eventually.hpp"
#include "support/lab.hpp"
#include "support/own_authd.hpp"
#include "support/peers.hpp"
#include "wire/store_secret.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
constexpr std::string_view cyrus_store = "cyrus.campus.example";
constexpr std::string_view dovecot_store = "dovecot.campus.example";

/// The mail edge: logs alice in and asks for store secrets.
class Edge
{
public:
    explicit Edge(const std::string& door = "edge") : authd_(io_, {.socket = Lab::current().door(door).path.string()})
    {
    }

    template <class T>
    T await(Awaitable<T> call)
    {
        std::optional<T> out;
        boost::asio::co_spawn(
            io_,
            [](Awaitable<T> inner, std::optional<T>& to) -> Awaitable<void> {
                to.emplace(co_await std::move(inner));
            }(std::move(call), out),
            boost::asio::detached);
        while (!out)
            io_.run_one();
        return std::move(*out);
    }

    client::Answer log_in(std::string service = "imap")
    {
        const SamplePerson& alice = Lab::current().person("alice");
        auto answer = await(authd_.authenticate(
            {.service = std::move(service), .login = alice.name, .password = secret(alice.password)}, soon()));
        REQUIRE(answer);
        REQUIRE(answer->outcome == client::Answer::Outcome::granted);
        return std::move(*answer);
    }

    Result<Secret> mint(std::string grant, std::string_view store, std::string service = "imap")
    {
        return await(authd_.mint(std::move(grant), std::move(service), std::string(store), soon()));
    }

    /// One that is good at the store.
    std::string minted(std::string_view store, std::string service = "imap")
    {
        const auto made = mint(log_in().grant, store, std::move(service));
        REQUIRE(made);
        return std::string(made->view());
    }

private:
    static Deadline soon() { return Clock::now() + 10s; }

    boost::asio::io_context io_;
    client::Authd authd_;
};

Reply at_cyrus(std::string_view shown, std::string_view login = "alice", std::string_view service = "imap")
{
    return saslauthd_login(Lab::current().door("cyrus"), service, login, shown);
}

Reply at_dovecot(std::string_view shown)
{
    return dovecot_login(Lab::current().socket("dovecot/run/auth-client"), "imap", "alice", shown);
}

/// An authd of a store, whose keys and process a test changes. Its people are LOCAL's.
class StoreWithKeys
{
public:
    StoreWithKeys()
    {
        std::filesystem::create_directories(folder_);
        authd_.emplace("store-keys", wishes({"old"}));
    }

    void reload(const std::vector<std::string>& names)
    {
        authd_->write_configuration(wishes(names));
        const Output reloaded = authd_->authctl({"reload"});
        INFO(reloaded.text());
        REQUIRE(reloaded.ok());
    }
    void restart()
    {
        authd_->process().signal(SIGTERM);
        REQUIRE(eventually(10s, [&] { return !authd_->process().running(); }));
        authd_->start_again();
    }

    std::string made_with(const std::string& name)
    {
        const wire::StoreSecret of{.minted =
                                       std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()),
                                   .nonce = {++made_},
                                   .login_print = wire::login_print("alice"),
                                   .realm = "LOCAL",
                                   .id = "local:alice",
                                   .service = "imap",
                                   .store = "store.example"};
        return std::string(wire::format_store_secret(of, secret(key(name))).value().view());
    }
    Told told(const std::string& shown) const
    {
        return saslauthd_login(authd_->door("store"), "imap", "alice", shown).told;
    }
    AuditFile audit() const { return authd_->audit(); }

private:
    static std::string key(const std::string& name) { return name + std::string(32, '-'); }

    OwnAuthd::Wishes wishes(const std::vector<std::string>& names) const
    {
        std::string files;
        for (const std::string& name : names) {
            const std::string file = (folder_ / name).string();
            write_file(file, key(name) + "\n");
            std::filesystem::permissions(file,
                                         std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
            files += (files.empty() ? "" : ", ") + file;
        }
        return {.realms = local_realm(),
                .listeners = "  - name: store\n    door: saslauthd\n    store: store.example\n    socket: {path: " +
                             (folder_ / "store").string() + "}\n",
                .more = "store_secrets: {key_files: [" + files + "]}\n"};
    }

    const std::filesystem::path folder_ = Lab::current().folder() / "faults/store-keys";
    std::optional<OwnAuthd> authd_;
    std::uint8_t made_ = 0;
};

Secret store_key()
{
    std::ifstream file(Lab::current().folder() / "authd/secrets/store-key");
    std::string key;
    REQUIRE(std::getline(file, key));
    return secret(key);
}

/// As the lab's authd would have made it, but for what `change` changes.
std::string made_here(auto change)
{
    wire::StoreSecret of{
        .minted = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()),
        .nonce = {static_cast<std::uint8_t>(std::chrono::steady_clock::now().time_since_epoch().count())},
        .login_print = wire::login_print("alice"),
        .realm = "CAMPUS",
        .service = "imap",
        .store = std::string(cyrus_store)};
    Edge edge;
    of.id = edge.log_in().person->id;
    change(of);
    return std::string(wire::format_store_secret(of, store_key()).value().view());
}

/// Lines of the edge's own logins may come late.
std::vector<AuditLine> at_stores(const AuditFile& audit)
{
    std::vector<AuditLine> lines = audit.settled();
    std::erase_if(lines, [](const AuditLine& line) { return line["mechanism"] != "store-secret"; });
    return lines;
}

struct Tried {
    std::string what;
    Reply reply;
    std::string reason;
};
} // namespace

TEST_CASE("store secrets: the edge logs in at a store with one, once, and both logins are audited",
          "[openldap][active-directory][local]")
{
    Edge edge;
    const std::string grant = edge.log_in().grant;
    REQUIRE_FALSE(grant.empty());
    const AuditFile audit = Lab::current().audit();
    const auto shown = edge.mint(grant, cyrus_store);
    REQUIRE(shown);
    CHECK(at_cyrus(shown->view()).told == Told::granted);
    CHECK(at_cyrus(shown->view()).told == Told::denied);

    const auto lines = at_stores(audit);
    REQUIRE(lines.size() == 2);
    for (const AuditLine& line : lines) {
        CHECK(line["mechanism"] == "store-secret");
        CHECK(line["login"] == "alice");
        CHECK(line["listener"] == "cyrus");
        CHECK(line["server"].empty()); // no server of the directory was asked
        CHECK_FALSE(line.text().contains("ghs1."));
    }
    CHECK(lines[0]["name"] == "alice");
    CHECK(lines[0]["realm"] == "CAMPUS");
    CHECK(lines[0]["reason"] == "granted");
    CHECK(lines[1]["reason"] == "store-secret-spent");
}

TEST_CASE("store secrets: one grant opens several stores, by PLAIN and by LOGIN", "[openldap][local]")
{
    Edge edge;
    const std::string grant = edge.log_in().grant;
    CHECK(at_cyrus(edge.mint(grant, cyrus_store).value().view()).told == Told::granted);
    CHECK(at_dovecot(edge.mint(grant, dovecot_store).value().view()).told == Told::granted);
    CHECK(at_cyrus(edge.mint(grant, cyrus_store, "pop").value().view(), "alice", "pop").told == Told::granted);

    const auto shown = edge.mint(grant, dovecot_store);
    DovecotClient client(Lab::current().socket("dovecot/run/auth-client"));
    client.begin({.id = 1, .mechanism = "LOGIN"});
    CHECK(client.challenge().challenge == "Username:");
    client.proceed(1, "alice");
    CHECK(client.challenge().challenge == "Password:");
    client.proceed(1, shown.value().view());
    CHECK(client.outcome().ok);
}

TEST_CASE("store secrets: real stores take one as they take a password, and open the mailbox",
          "[openldap][active-directory][local]")
{
    Edge edge;
    const auto opens = [&](const Peer& peer, std::string_view store) {
        const std::string shown = edge.minted(store, peer.service);
        const Reply first = peer.log_in("alice", shown);
        INFO(peer.name << ": " << first.words);
        CHECK(first.told == Told::granted);
        CHECK(peer.log_in("alice", shown).told == Told::denied);
    };
    for (const Peer& peer : {cyrus_imap(), cyrus_imap_plain(), cyrus_pop3(), cyrus_sieve()})
        opens(peer, cyrus_store);
    for (const Peer& peer : {dovecot_imap(), dovecot_imap_login()})
        opens(peer, dovecot_store);
}

TEST_CASE("store secrets: a mailbox name with a realm comes in two parts through saslauthd", "[openldap][local]")
{
    const std::string shown =
        made_here([](wire::StoreSecret& of) { of.login_print = wire::login_print("alice@campus.example"); });
    CHECK(saslauthd_login(Lab::current().door("cyrus"), "imap", "alice", shown, "campus.example").told ==
          Told::granted);
}

TEST_CASE(
    "store secrets: each misuse is refused like a wrong password, with a reason of its own, and no directory is asked",
    "[openldap][active-directory][local]")
{
    Edge edge;
    std::string damaged = edge.minted(cyrus_store);
    damaged[damaged.size() / 3] = damaged[damaged.size() / 3] == 'A' ? 'B' : 'A';
    const std::string for_dovecot = edge.minted(dovecot_store);
    const std::string for_pop = edge.minted(cyrus_store, "pop");
    const std::string for_alice = edge.minted(cyrus_store);
    const std::string at_no_store = edge.minted(cyrus_store);
    const std::string old = made_here([](wire::StoreSecret& of) { of.minted -= 31s; });
    const std::string early = made_here([](wire::StoreSecret& of) { of.minted += 30s; });
    const std::string nobodys = made_here([](wire::StoreSecret& of) { of.id += "0"; });
    const Place sendmail = Lab::current().door("sendmail"); // says no store

    const AuditFile audit = Lab::current().audit();
    const std::vector<Tried> tried{
        {"damaged", at_cyrus(damaged), "store-secret-refused"},
        {"the prefix alone", at_cyrus("ghs1."), "store-secret-refused"},
        {"for another store", at_cyrus(for_dovecot), "store-secret-refused"},
        {"for another service", at_cyrus(for_pop), "store-secret-refused"},
        {"for another login name", at_cyrus(for_alice, "bob"), "store-secret-refused"},
        {"where no store is", saslauthd_login(sendmail, "smtp", "alice", at_no_store), "store-secret-refused"},
        {"31 s old", at_cyrus(old), "store-secret-expired"},
        {"30 s ahead", at_cyrus(early), "store-secret-expired"},
        {"of somebody who is not there", at_cyrus(nobodys), "unknown-person"},
    };
    const auto lines = at_stores(audit);
    REQUIRE(lines.size() == tried.size());
    for (std::size_t i = 0; i < tried.size(); ++i) {
        INFO(tried[i].what << ": " << lines[i].text());
        CHECK(tried[i].reply.told == Told::denied);
        CHECK(tried[i].reply.words.contains("login failed"));
        CHECK(lines[i]["mechanism"] == "store-secret");
        CHECK(lines[i]["reason"] == tried[i].reason);
        CHECK_FALSE(lines[i]["detail"].empty());
        CHECK(lines[i]["server"].empty());
        CHECK(lines[i]["source"].empty());
    }
    CHECK(at_cyrus(for_alice).told == Told::granted); // tries elsewhere have not spent it
    CHECK(at_dovecot(for_dovecot).told == Told::granted);
}

TEST_CASE("store secrets: keys change by reloads without a refused login", "[openldap][local]")
{
    StoreWithKeys store;
    CHECK(store.told(store.made_with("old")) == Told::granted);
    CHECK(store.told(store.made_with("new")) == Told::denied);
    const std::string spent = store.made_with("old");
    CHECK(store.told(spent) == Told::granted);
    store.reload({"old", "new"});
    CHECK(store.told(store.made_with("old")) == Told::granted);
    CHECK(store.told(store.made_with("new")) == Told::granted);
    CHECK(store.told(spent) == Told::denied); // a reload forgets none
    store.reload({"new"});
    CHECK(store.told(store.made_with("old")) == Told::denied);
    CHECK(store.told(store.made_with("new")) == Told::granted);
}

TEST_CASE("store secrets: after a restart none is taken that was made before, spent or not", "[openldap][local]")
{
    StoreWithKeys store;
    const std::string spent = store.made_with("old");
    const std::string unused = store.made_with("old");
    CHECK(store.told(spent) == Told::granted);
    store.restart();
    const AuditFile audit = store.audit();
    CHECK(store.told(spent) == Told::denied);
    CHECK(store.told(unused) == Told::denied);
    CHECK(store.told(store.made_with("old")) == Told::granted);
    const auto lines = at_stores(audit);
    REQUIRE(lines.size() == 3);
    CHECK(lines[0]["reason"] == "store-secret-expired");
    CHECK(lines[1]["reason"] == "store-secret-expired");
    CHECK(lines[0]["detail"].contains("before this authd started"));
}

TEST_CASE("store secrets: with one nobody acts for another", "[openldap][local]")
{
    Edge edge;
    const std::string shown = edge.minted(dovecot_store);
    const AuditFile audit = Lab::current().audit();
    DovecotClient client(Lab::current().socket("dovecot/run/auth-client"));
    wire::DovecotAuthBegin begin{.id = 1};
    begin.response = secret("bob" + plain_bytes("alice", shown));
    client.begin(std::move(begin));
    CHECK_FALSE(client.outcome().ok);
    const auto lines = at_stores(audit);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0]["reason"] == "authzid-not-allowed");
}

TEST_CASE("store secrets: only a listener with may_open_stores is granted any, for its own services and connections",
          "[openldap][local]")
{
    Edge edge;
    const std::string grant = edge.log_in().grant;
    CHECK(edge.mint(grant, cyrus_store, "ftp").error().text.contains("ftp"));
    CHECK(edge.mint(grant, "no store").error().kind == ErrorKind::invalid);
    CHECK(edge.mint("AAAAAAAAAAAAAAAAAAAAAA", cyrus_store).error().text.contains("grant"));
    Edge other;
    CHECK(other.mint(grant, cyrus_store).error().text.contains("grant"));
    CHECK(edge.mint(grant, cyrus_store));

    Edge web("web");
    const std::string none = web.log_in("web").grant;
    CHECK(none.empty());
    CHECK(web.mint(grant, cyrus_store, "web").error().text.contains("may_open_stores"));
}

} // namespace gatehouse::integration
