// Clients that hold connections and say nothing, or half of a request.
#include "support/clients.hpp"
#include "support/eventually.hpp"
#include "support/own_authd.hpp"
#include "wire/dovecot_auth_client.hpp"
#include "wire/saslauthd.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <iostream>
#include <sys/resource.h>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
constexpr std::size_t crowd = 1000;

std::string realm_of_this_lab()
{
    const Place place = Lab::current().place("ldaps");
    return Lab::current().is(DirectoryKind::active_directory)
               ? active_directory_realm()
               : realm_yaml(OpenLdapRealm{.servers = {place.host + ":" + std::to_string(place.port)}});
}

void allow_descriptors_for_the_crowd()
{
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, std::min<rlim_t>(limit.rlim_max, 4096));
    ::setrlimit(RLIMIT_NOFILE, &limit);
    REQUIRE(limit.rlim_cur > crowd + 100);
}

std::vector<Connection> connect_crowd(const Place& door, std::string_view said)
{
    std::vector<Connection> connections;
    connections.reserve(crowd);
    for (std::size_t i = 0; i < crowd; ++i) {
        connections.emplace_back(door);
        if (!said.empty())
            connections.back().send(said);
    }
    return connections;
}

Reply log_in(const OwnAuthd& authd, const std::string& door, const std::string& password)
{
    return door == "saslauthd" ? saslauthd_login(authd.door(door), "imap", "alice", password)
           : door == "dovecot" ? dovecot_login(authd.door(door), "imap", "alice", password)
                               : native_login(authd.door(door), "imap", "alice", password);
}

void require_others_served(const OwnAuthd& authd, const std::string& door)
{
    std::vector<std::chrono::milliseconds> times;
    for (int i = 0; i < 21; ++i)
        times.push_back(time_of([&] {
            const Reply reply = log_in(authd, door, Lab::current().person("alice").password);
            INFO(door << ": " << reply.words);
            CHECK(reply.told == Told::granted);
        }));
    CHECK(log_in(authd, door, "wrong").told == Told::denied);
    std::ranges::sort(times);
    std::cout << "faults: " << door << " beside " << crowd << " others: median " << times[times.size() / 2].count()
              << " ms, longest " << times.back().count() << " ms\n";
    CHECK(times.back() < 15s); // the login limit; nobody waits for an idle one
}

/// In use, that of the question itself included.
std::int64_t secret_memory(const OwnAuthd& authd)
{
    return authd.status().at("secret_memory").as_object().at("used").to_number<std::int64_t>();
}

/// What each door can have heard of a request that never ends.
std::string half_of_a_request(const std::string& door)
{
    if (door == "saslauthd") {
        const auto request = wire::encode_saslauthd_request("alice", secret("half-of-a-passw0rd"), "imap", "");
        return std::string(request.value().view().substr(0, 12));
    }
    return door == "dovecot" ? wire::dovecot_client_handshake(4711) + "AUTH\t1\tPLA" : R"({"id":1,"authenti)";
}
} // namespace

TEST_CASE("faults: 1000 idle connections on each door: others are served, and who may come back later is kept",
          "[openldap][active-directory]")
{
    allow_descriptors_for_the_crowd();
    const OwnAuthd authd("idle", {.realms = realm_of_this_lab(), .limits = "{request: 2s}"});
    REQUIRE(eventually(30s, [&] {
        return log_in(authd, "saslauthd", Lab::current().person("alice").password).told == Told::granted;
    }));
    for (const std::string door : {"saslauthd", "dovecot", "native"}) {
        auto idle = connect_crowd(authd.door(door), "");
        CHECK(eventually(30s, [&] { return authd.counter(door, "connections") >= std::int64_t{crowd}; }));
        require_others_served(authd, door);
        std::this_thread::sleep_for(3s); // longer than the limit of a request that has begun
        if (door != "saslauthd")         // there a connection is one request
            CHECK(authd.counter(door, "connections") == std::int64_t{crowd});
        idle.clear();
        CHECK(eventually(30s, [&] { return authd.counter(door, "connections") == 0; }));
    }
}

TEST_CASE("faults: 1000 clients send half a request: they are cut at the request deadline, others are served",
          "[openldap]")
{
    allow_descriptors_for_the_crowd();
    constexpr auto limit = 5s;
    const OwnAuthd authd("half", {.realms = realm_of_this_lab(), .limits = "{request: 5s}"});
    for (int i = 0; i < 8; ++i) // each worker keeps one buffer from its first reading on
        log_in(authd, "saslauthd", "wrong-too");
    const std::int64_t secrets_at_rest = secret_memory(authd);
    for (const std::string door : {"saslauthd", "dovecot", "native"}) {
        const std::int64_t denied_before = authd.counter(door, "denied");
        const auto began = std::chrono::steady_clock::now();
        auto half = connect_crowd(authd.door(door), half_of_a_request(door));
        require_others_served(authd, door);
        half.front().set_patience(60s);
        const std::string said = half.front().read_until_closed();
        const auto first_cut = std::chrono::steady_clock::now() - began;
        INFO(door << " said " << said);
        CHECK(first_cut > limit - 300ms);
        for (Connection& connection : half)
            CHECK(connection.closes_within(30s));
        const auto all_cut =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
        std::cout << "faults: " << door << ": all " << crowd << " halves are cut " << all_cut.count()
                  << " ms after the first began (limit 5000 ms)\n";
        CHECK(said.find("NO") == std::string::npos);
        CHECK(said.find("FAIL") == std::string::npos);
        CHECK(eventually(30s, [&] { return authd.counter(door, "connections") == 0; }));
        CHECK(authd.counter(door, "denied") == denied_before + 1); // the wrong password only
        CHECK(secret_memory(authd) == secrets_at_rest);            // what the halves held is given back
    }
}

} // namespace gatehouse::integration
