#include "edge/handover.hpp"

#include "base/descriptor.hpp"

#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace gatehouse;
using Catch::Contains;

namespace
{

/// A program that writes what it was given: its variables, and what its descriptors are.
class Successor
{
public:
    Successor()
    {
        std::filesystem::create_directories(folder_);
        std::ofstream(program()) << "#!/bin/sh\nexec >" << told()
                                 << "\nenv\nfor fd in /proc/$$/fd/*; do readlink $fd; done\nexit 0\n";
        std::filesystem::permissions(program(), std::filesystem::perms::owner_all);
    }
    ~Successor() { std::filesystem::remove_all(folder_); }
    Successor(const Successor&) = delete;
    Successor& operator=(const Successor&) = delete;

    std::string program() const { return folder_ / "program"; }
    std::string run(std::span<const int> listening) const
    {
        const auto process = edge::start_successor(program(), listening);
        REQUIRE(process);
        int status = 0;
        REQUIRE(::waitpid(*process, &status, 0) == *process);
        REQUIRE(status == 0);
        std::ifstream file(told());
        return "\n" + std::string(std::istreambuf_iterator<char>(file), {});
    }

private:
    std::string told() const { return folder_ / "told"; }
    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("gatehouse-handover-" + std::to_string(::getpid()));
};

Descriptor listening_socket()
{
    Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in loopback{.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&loopback), sizeof loopback) == 0);
    REQUIRE(::listen(socket.get(), 1) == 0);
    return socket;
}

std::string name_of(int descriptor)
{
    return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor)).string();
}

} // namespace

TEST_CASE("a successor gets the listening sockets, and no connection", "[unit]")
{
    const Successor successor;
    const Descriptor first = listening_socket();
    const Descriptor second = listening_socket();
    const Descriptor connection(::socket(AF_INET, SOCK_STREAM, 0)); // as Asio opens one
    const std::string told = successor.run(std::array{first.get(), second.get()});
    CHECK_THAT(told, Contains("\n" + name_of(first.get()) + "\n" + name_of(second.get()) + "\n"));
    CHECK_THAT(told, !Contains(name_of(connection.get())));
    CHECK_THAT(told, Contains("\nGATEHOUSE_MAILGATE_SOCKETS=2\n"));
    CHECK_THAT(told, Contains("\nGATEHOUSE_MAILGATE_PREDECESSOR=" + std::to_string(::getpid()) + "\n"));
}

TEST_CASE("a successor is not told what systemd says to its predecessor alone", "[unit]")
{
    const Successor successor;
    ::setenv("LISTEN_PID", "1", 1);
    ::setenv("LISTEN_FDS", "2", 1);
    ::setenv("WATCHDOG_PID", "1", 1);
    ::setenv("WATCHDOG_USEC", "30000000", 1);
    const std::string told = successor.run({});
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "WATCHDOG_PID", "WATCHDOG_USEC"})
        ::unsetenv(name);
    CHECK_THAT(told, !Contains("\nLISTEN_"));
    CHECK_THAT(told, !Contains("\nWATCHDOG_PID="));
    CHECK_THAT(told, Contains("\nWATCHDOG_USEC=30000000\n"));
}

TEST_CASE("a successor is the program that has been put in the place of this one", "[unit]")
{
    CHECK(std::filesystem::path(edge::program_file()).filename() == "unit_edge");
    const auto nothing = edge::start_successor("/nonexistent/program", {});
    REQUIRE(!nothing);
    CHECK(nothing.error().text == "/nonexistent/program: No such file or directory");
}
