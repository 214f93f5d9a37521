// A directory server that accepts connections and never says a word.
#include "support/client_load.hpp"
#include "support/clients.hpp"
#include "support/eventually.hpp"
#include "support/own_authd.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <iostream>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
/// Accepts everything and answers nothing, until this ends.
class MuteServer
{
public:
    explicit MuteServer(const Place& place)
        : name_(place.host + ":" + std::to_string(place.port)), listener_(::socket(AF_INET, SOCK_STREAM, 0))
    {
        const int on = 1;
        ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(place.port);
        ::inet_pton(AF_INET, place.host.c_str(), &address.sin_addr);
        if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(listener_, 1024) != 0)
            throw std::system_error(errno, std::generic_category(), name_);
        thread_ = std::thread([this] { accept_all(); });
    }
    ~MuteServer()
    {
        stopping_ = true;
        thread_.join();
        for (const int connection : connections_)
            ::close(connection);
        ::close(listener_);
    }
    MuteServer(const MuteServer&) = delete;
    MuteServer& operator=(const MuteServer&) = delete;

    const std::string& name() const { return name_; }
    int accepted() const { return accepted_; }

private:
    void accept_all()
    {
        while (!stopping_) {
            pollfd wanted{listener_, POLLIN, 0};
            if (::poll(&wanted, 1, 50) <= 0)
                continue;
            if (const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC); connection >= 0) {
                connections_.push_back(connection);
                ++accepted_;
            }
        }
    }

    std::string name_;
    int listener_;
    std::atomic<bool> stopping_ = false;
    std::atomic<int> accepted_ = 0;
    std::vector<int> connections_;
    std::thread thread_;
};

std::string slapd_server()
{
    const Place place = Lab::current().place("ldaps");
    return place.host + ":" + std::to_string(place.port);
}

Reply alice_of(const OwnAuthd& authd, const std::string& realm)
{
    return saslauthd_login(authd.door("saslauthd"), "imap", realm + "\\alice", Lab::current().person("alice").password);
}

std::chrono::milliseconds median_of_local_logins(const OwnAuthd& authd)
{
    std::vector<std::chrono::milliseconds> times;
    for (int i = 0; i < 21; ++i)
        times.push_back(time_of([&] { CHECK(alice_of(authd, "LOCAL").told == Told::granted); }));
    std::ranges::sort(times);
    return times[times.size() / 2];
}
} // namespace

TEST_CASE("faults: a mute server is the first of two: logins go to the other one, within the deadlines", "[openldap]")
{
    const MuteServer mute(Lab::current().place("ldap-mute"));
    const OwnAuthd authd("mute-first", {.realms = realm_yaml(OpenLdapRealm{.servers = {mute.name(), slapd_server()}})});
    for (int i = 0; i < 10; ++i) {
        Reply reply;
        const auto took = time_of([&] { reply = alice_of(authd, "CAMPUS"); });
        INFO("login " << i << ": " << reply.words);
        CHECK(reply.told == Told::granted);
        CHECK(took < 3s); // what one server may take to connect, with the other one's work in it
        if (i == 0)
            std::cout << "faults: the first login beside a mute server took " << took.count() << " ms\n";
    }
    CHECK(mute.accepted() > 0);
    CHECK(saslauthd_login(authd.door("saslauthd"), "imap", "alice", "wrong").told == Told::denied);
    CHECK(eventually(10s, [&] { return !authd.server(mute.name()).at("usable").as_bool(); }));
    std::cout << "faults: the mute server's last error: " << authd.server(mute.name()).at("last_error") << '\n';
    CHECK(authd.server(slapd_server()).at("usable").as_bool());
}

TEST_CASE("faults: a mute server is the only one: Unavailable within the deadlines, other realms are not slowed",
          "[openldap]")
{
    const MuteServer mute(Lab::current().place("ldap-mute"));
    const OwnAuthd authd("mute-only",
                         {.realms = realm_yaml(OpenLdapRealm{.servers = {mute.name()}}) +
                                    realm_yaml(OpenLdapRealm{.servers = {slapd_server()}, .name = "WELL"}) +
                                    local_realm()});
    const auto alone = median_of_local_logins(authd);

    std::atomic<std::int64_t> longest = 0;
    ClientLoad load;
    load.add(48, [&] { // more than the pool for network calls has threads
        Reply reply;
        const auto took = time_of([&] { reply = alice_of(authd, "CAMPUS"); });
        for (auto known = longest.load(); took.count() > known && !longest.compare_exchange_weak(known, took.count());)
            ;
        return reply;
    });
    REQUIRE(eventually(30s, [&] { return mute.accepted() > 0; }));
    const auto beside = median_of_local_logins(authd);
    for (int i = 0; i < 10; ++i)
        CHECK(alice_of(authd, "WELL").told == Told::granted);
    CHECK(eventually(60s, [&] { return load.unavailable() >= 2 * 48; }));
    load.stop();

    std::cout << "faults: median of a local login " << alone.count() << " ms, beside a mute realm " << beside.count()
              << " ms; the mute realm's longest login took " << longest << " ms\n";
    CHECK(beside < std::max(100ms, 2 * alone)); // argon2 alone takes longer in a build with sanitizers
    CHECK(load.granted() == 0);
    CHECK(load.denied() == 0);
    CHECK(longest < 15'000 + 2'000); // the login limit of a listener
}

} // namespace gatehouse::integration
