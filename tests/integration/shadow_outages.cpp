// authctl shadow when either side is away, or slow: clients never wait for authd, and never see more than the old
// saslauthd's own outage.
#include "shadow_program.hpp"
#include "support/clients.hpp"
#include "support/eventually.hpp"
#include "support/own_authd.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <future>
#include <iostream>
#include <system_error>
#include <vector>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
/// A socket that nobody accepts from: a saslauthd all of whose processes hang.
class HungSaslauthd
{
public:
    explicit HungSaslauthd(int backlog)
        : path_(Lab::current().folder() / "hung"), fd_(::socket(AF_UNIX, SOCK_STREAM, 0))
    {
        std::filesystem::remove(path_);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.native().copy(address.sun_path, sizeof address.sun_path - 1);
        if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(fd_, backlog) != 0)
            throw std::system_error(errno, std::generic_category(), path_.string());
    }
    ~HungSaslauthd()
    {
        ::close(fd_);
        std::filesystem::remove(path_);
    }
    HungSaslauthd(const HungSaslauthd&) = delete;
    HungSaslauthd& operator=(const HungSaslauthd&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
    int fd_;
};

Reply log_in_alice(const Place& door)
{
    return saslauthd_login(door, "imap", "alice", Lab::current().person("alice").password);
}
} // namespace

TEST_CASE("shadow: an old saslauthd that is away or hangs is an outage to clients, never a refusal", "[shadow]")
{
    { // away
        Shadow shadow({.old = Lab::current().folder() / "nothing"});
        CHECK(testsaslauthd(shadow.door(), "imap", "alice", "x").told == Told::unavailable);
        const auto end = shadow.end();
        CHECK(end.sum("old_unavailable") == 1);
        CHECK(end.status == 75); // it says nothing of how they compare
    }
    const HungSaslauthd hung(0); // so that the second cannot even connect
    Shadow shadow({.old = hung.path(), .more = {"--old-timeout", "1"}});
    std::vector<std::future<Reply>> clients;
    for (int i = 0; i < 5; ++i)
        clients.push_back(std::async(std::launch::async, [&] { return log_in_alice(shadow.door()); }));
    const auto took = time_of([&] {
        for (auto& client : clients)
            CHECK(client.get().told == Told::unavailable);
    });
    CHECK(took < promised(4s));
    CHECK(shadow.end().sum("old_unavailable") == 5);
}

TEST_CASE("shadow: without authd people log in as ever, and it says that nothing was compared", "[shadow]")
{
    Shadow shadow({.control = Lab::current().folder() / "nothing"});
    for (int i = 0; i < 3; ++i)
        CHECK(log_in_alice(shadow.door()).told == Told::granted);
    const auto end = shadow.end();
    CHECK(end.sum("authd_unavailable") == 3);
    CHECK(end.sum("compared") == 0);
    CHECK(end.status == 75);
}

TEST_CASE("shadow: while authd hangs nobody waits for it; what it cannot be asked is counted, and it is asked again "
          "when it is back",
          "[shadow]")
{
    OwnAuthd authd("shadow-slow",
                   {.realms = realm_yaml({.servers = {Lab::current().show("slapd").at("tls_uri").substr(8)}})});
    Shadow shadow({.control = authd.door("control").path, .more = {"--queue", "10", "--timeout", "2"}});
    CHECK(log_in_alice(shadow.door()).told == Told::granted);
    CHECK(shadow.lines("same").size() == 1);

    authd.process().signal(SIGSTOP);
    std::chrono::milliseconds longest{0};
    constexpr int asked = 60; // 16 are under way and 10 wait
    for (int i = 0; i < asked; ++i)
        longest = std::max(longest, time_of([&] { CHECK(log_in_alice(shadow.door()).told == Told::granted); }));
    std::cout << "shadow: authd hangs: the slowest of " << asked << " logins took " << longest.count() << " ms\n";
    CHECK(longest < promised(1s));
    authd.process().signal(SIGCONT);

    CHECK(eventually(20s, [&] {
        log_in_alice(shadow.door());
        return shadow.lines("same", 1).size() >= 2;
    }));
    const auto end = shadow.end();
    INFO(end.sums);
    CHECK(end.sum("dropped") > 0);
    CHECK(end.differences.empty());
    CHECK(end.status == 0);
}

TEST_CASE("shadow: more clients than it takes at once wait, and all are answered", "[shadow]")
{
    Shadow shadow({.more = {"--connections", "4"}});
    std::vector<std::future<Reply>> clients;
    for (int i = 0; i < 40; ++i)
        clients.push_back(std::async(std::launch::async, [&] { return log_in_alice(shadow.door()); }));
    for (auto& client : clients)
        CHECK(client.get().told == Told::granted);
    CHECK(shadow.end().status == 0);
}

} // namespace gatehouse::integration
