// A new process takes over from the edge that runs: no login fails meanwhile, and no session ends.
#include "edge_lab.hpp"
#include "support/eventually.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <fstream>
#include <thread>

namespace gatehouse::integration
{

namespace
{

pid_t process_of_second_edge()
{
    const std::string shown = Lab::current().must("mailgate", {"show", "--edge", "2"}).out;
    return static_cast<pid_t>(std::stol(shown.substr(shown.find("pid=") + 4)));
}

/// The process that was started by this one; 0: there is none.
pid_t child_of(pid_t process)
{
    const std::string id = std::to_string(process);
    std::ifstream children("/proc/" + id + "/task/" + id + "/children");
    pid_t child = 0;
    children >> child;
    return child;
}

bool runs(pid_t process)
{
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    std::string stat;
    std::getline(file, stat);
    const std::size_t name_end = stat.rfind(')');
    return name_end != std::string::npos && stat.substr(name_end + 2, 1) != "Z";
}

/// No script of the lab knows it.
class Successor
{
public:
    explicit Successor(pid_t process) : process_(process) {}
    ~Successor()
    {
        ::kill(process_, SIGTERM);
        (void)eventually(std::chrono::seconds(20), [&] { return !runs(process_); });
    }
    Successor(const Successor&) = delete;
    Successor& operator=(const Successor&) = delete;

private:
    pid_t process_;
};

} // namespace

TEST_CASE("edge: a new process takes over, no login fails meanwhile and no session ends", "[edge-local]")
{
    const SamplePerson& alice = Lab::current().person("alice");
    const SecondEdge edge;
    const Place place = edge_place("imaps", 2);
    const pid_t before = process_of_second_edge();
    ImapSession open(place);
    REQUIRE(open.log_in("alice", alice.password).ok());

    std::atomic<bool> over = false;
    std::atomic<int> good = 0;
    std::atomic<int> bad = 0;
    std::thread visitors([&] {
        while (!over) {
            try {
                ImapSession session(place);
                ++(session.log_in("alice", alice.password).ok() ? good : bad);
            } catch (const std::exception&) {
                ++bad;
            }
        }
    });
    REQUIRE(eventually(std::chrono::seconds(20), [&] { return good > 3; }));
    ::kill(before, SIGUSR2);
    pid_t after = 0;
    const bool begun = eventually(std::chrono::seconds(20), [&] { return (after = child_of(before)) != 0; });
    const int until_now = good;
    const bool went_on = eventually(std::chrono::seconds(20), [&] { return good > until_now + 20; });
    over = true;
    visitors.join();
    REQUIRE(begun);
    const Successor successor(after);
    CHECK(went_on);
    CHECK(bad == 0);

    CHECK(open.ask("NOOP").ok()); // of the old process, which waits for it
    CHECK(runs(before));
    CHECK(open.ask("LOGOUT").ok());
    CHECK(eventually(std::chrono::seconds(10), [&] { return !runs(before); }));
    ImapSession fresh(place);
    CHECK(fresh.log_in("alice", alice.password).ok());
}

} // namespace gatehouse::integration
