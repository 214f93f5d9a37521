#include "door/listener.hpp"

#include "base/secret_arena.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <catch2/catch.hpp>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <filesystem>
#include <string>
#include <thread>

using namespace gatehouse;
using namespace gatehouse::door;

namespace
{
/// Answers each byte with the same byte.
class EchoDoor : public Door
{
public:
    explicit EchoDoor(bool lasting) : lasting_(lasting) {}
    Awaitable<void> serve(PeerStream& stream, const Peer&, Counters& counters) override
    {
        std::string heard;
        const PeerStream::Consumer keep = [&](auto bytes) {
            heard.assign(bytes.begin(), bytes.end());
            return true;
        };
        while (co_await stream.read(keep, Clock::now() + std::chrono::seconds(20))) {
            counters.granted.fetch_add(1);
            stream.send(heard);
            if (!lasting_)
                co_return co_await stream.hang_up(Clock::now() + std::chrono::seconds(20));
        }
    }
    bool lasting() const override { return lasting_; }

private:
    const bool lasting_;
};

/// Three workers with their threads, and one listener.
class Doorway
{
public:
    Doorway(bool lasting, std::size_t connections) : folder_(make_folder())
    {
        std::vector<Worker*> workers;
        for (int i = 0; i < 3; ++i) {
            Worker& worker = workers_.emplace_back();
            works_.push_back(boost::asio::make_work_guard(worker.context()));
            workers.push_back(&worker);
        }
        ListenerSettings settings;
        settings.socket.path = folder_ + "/door";
        settings.limits.connections = connections;
        listener = Listener::open(workers, settings, std::make_shared<EchoDoor>(lasting)).value();
        listener->start();
        for (Worker& worker : workers_)
            threads_.emplace_back([&worker] { worker.context().run(); });
    }
    ~Doorway()
    {
        listener->close();
        works_.clear();
        for (std::thread& thread : threads_)
            thread.join(); // ends by itself: nothing is left that waits
        std::filesystem::remove_all(folder_);
    }

    Descriptor connect() const
    {
        Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        (folder_ + "/door").copy(name.sun_path, sizeof name.sun_path - 1);
        const bool connected = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
        return connected ? std::move(socket) : Descriptor();
    }

    std::size_t busiest() const
    {
        std::size_t most = 0;
        for (const Worker& worker : workers_)
            most = std::max(most, worker.connections());
        return most;
    }

    std::shared_ptr<Listener> listener;

private:
    static std::string make_folder()
    {
        std::string name = "/tmp/gatehouse-listener-XXXXXX";
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        return name;
    }

    std::string folder_;
    std::deque<Worker> workers_;
    std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> works_;
    std::vector<std::thread> threads_;
};

bool answers(const Descriptor& socket)
{
    char byte = '?';
    return ::send(socket.get(), "x", 1, MSG_NOSIGNAL) == 1 && ::recv(socket.get(), &byte, 1, 0) == 1 && byte == 'x';
}
} // namespace

TEST_CASE("more connections than a row are all served", "[unit]")
{
    const Doorway doorway(false, 1000);
    std::vector<Descriptor> clients;
    for (int i = 0; i < 200; ++i) {
        clients.push_back(doorway.connect());
        REQUIRE(clients.back().is_open());
    }
    for (const Descriptor& client : clients)
        CHECK(answers(client));
    CHECK(doorway.listener->counters().accepted == 200);
    CHECK(doorway.listener->counters().granted == 200);
    CHECK(doorway.listener->counters().turned_away == 0);
}

TEST_CASE("connections that last are dealt out evenly", "[unit]")
{
    const Doorway doorway(true, 1000);
    std::vector<Descriptor> clients;
    for (int i = 0; i < 9; ++i) {
        clients.push_back(doorway.connect());
        REQUIRE(answers(clients.back()));
    }
    CHECK(doorway.busiest() == 3);
}

TEST_CASE("a connection over the limit is closed without an answer, and those before it go on", "[unit]")
{
    const bool lasting = GENERATE(true, false);
    const Doorway doorway(lasting, 2);
    const Descriptor first = doorway.connect();
    const Descriptor second = doorway.connect();
    const Descriptor third = doorway.connect();
    char byte = 0;
    CHECK(::recv(third.get(), &byte, 1, 0) == 0);
    CHECK(doorway.listener->counters().turned_away == 1);
    CHECK(answers(first));
    CHECK(answers(second));
}

TEST_CASE("a closed listener takes nobody, and its open connections go on", "[unit]")
{
    const Doorway doorway(true, 10);
    const Descriptor before = doorway.connect();
    REQUIRE(answers(before));
    doorway.listener->close();
    CHECK(!doorway.connect().is_open());
    CHECK(answers(before));
}
