// A kick at one node ends the person's sessions at every node that shares the store.
#include "client/authd.hpp"
#include "client/blocking_authd.hpp"
#include "nodes_node.hpp"

#include <boost/asio/io_context.hpp>

#include <iostream>
#include <list>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
/// A program that keeps sessions open at one node.
class Edge
{
public:
    explicit Edge(const Node& node) : node_(node), authd_(io_, {.socket = node.door("edge").path.string()}) {}

    void hold(const std::string& name, const std::string& password)
    {
        client::BlockingAuthd door(node_.door("native").path.string());
        const auto answer = door.authenticate({.service = "imap", .login = name, .password = secret(password)},
                                              std::chrono::steady_clock::now() + 30s);
        const Person& person = answer.value().person.value();
        holds_.emplace_back(
            authd_,
            client::HeldSession{.realm = person.realm, .person = person.id, .name = person.name, .service = "imap"},
            [this, name](const std::string& reason, const std::string&) { ended += name + ' ' + reason + '\n'; });
    }
    void run() { io_.run_for(1ms); }
    std::int64_t open() const { return node_.status().at("sessions").as_object().at("open").to_number<std::int64_t>(); }

    std::string ended{};

private:
    const Node& node_;
    boost::asio::io_context io_;
    client::Authd authd_;
    std::list<client::Authd::Hold> holds_;
};
} // namespace

TEST_CASE("nodes: a kick at one ends the person's sessions at the other, and nobody else's", "[nodes]")
{
    Lab::current().must("postgres", {"up"});
    Lab::current().must("postgres", {"empty"});
    const Node a("a");
    const Node b("b");
    REQUIRE(eventually(20s, [&] { return a.store_says("nodes") == 2 && b.store_says("nodes") == 2; }));
    const SamplePeople& people = Lab::current().people();
    Edge at_a(a);
    Edge at_b(b);
    const auto until = [&](auto limit, const auto& condition) {
        return eventually(limit, [&] {
            at_a.run();
            at_b.run();
            return condition();
        });
    };
    at_a.hold("alice", people.named("alice").password);
    at_b.hold("alice", people.named("alice").password);
    at_b.hold("bob", people.named("bob").password);
    REQUIRE(until(10s, [&] { return at_a.open() == 1 && at_b.open() == 2; }));

    const auto kick = [&](const std::string& expected) {
        const auto kicked = std::chrono::steady_clock::now();
        CHECK(a.authctl({"kick", "alice"}).out == "alice: sessions ended: " + expected + "\n");
        REQUIRE(until(20s, [&] { return at_b.ended.ends_with("alice kicked\n"); }));
        const auto took = std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now() - kicked);
        std::cout << "nodes: a kick ends the session at the other node after " << took.count() << " ms\n";
        CHECK(took <= promised(2s));
        CHECK(at_b.open() == 1);
    };
    kick("1");
    CHECK(at_a.ended == "alice kicked\n");
    CHECK(at_b.ended == "alice kicked\n");

    // She may come back, and be kicked again.
    at_b.hold("alice", people.named("alice").password);
    REQUIRE(until(10s, [&] { return at_b.open() == 2; }));
    CHECK_FALSE(until(1s, [&] { return at_b.open() == 1; }));
    at_b.ended.clear();
    kick("0");
}

} // namespace gatehouse::integration
