#include "edge/handover.hpp"

#include "base/descriptor.hpp"
#include "base/log.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace gatehouse::edge
{

namespace
{

constexpr const char* count_variable = "GATEHOUSE_MAILGATE_SOCKETS";
constexpr const char* predecessor_variable = "GATEHOUSE_MAILGATE_PREDECESSOR";
constexpr int first_socket = 3;
constexpr int above_sockets = 1024; // where descriptors are out of the way of those that are passed

/// WATCHDOG_PID is systemd's way to say whom it watches: the successor would take it that nobody does.
constexpr std::array<std::string_view, 4> meant_for_one_process{count_variable, predecessor_variable, "LISTEN_",
                                                                "WATCHDOG_PID"};

std::optional<int> number_in(const char* variable)
{
    const char* const text = ::getenv(variable);
    if (text == nullptr)
        return std::nullopt;
    const std::string_view digits(text);
    int number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc{} && end == digits.data() + digits.size() ? std::optional(number) : std::nullopt;
}

std::vector<std::string> own_arguments()
{
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    std::vector<std::string> arguments;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\0', at), text.size());
        arguments.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return arguments;
}

std::vector<std::string> environment_of_successor(std::size_t sockets)
{
    std::vector<std::string> variables;
    for (char** each = environ; *each != nullptr; ++each)
        if (std::ranges::none_of(meant_for_one_process,
                                 [&](std::string_view name) { return std::string_view(*each).starts_with(name); }))
            variables.emplace_back(*each);
    variables.push_back(count_variable + ("=" + std::to_string(sockets)));
    variables.push_back(predecessor_variable + ("=" + std::to_string(::getpid())));
    return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts)
{
    std::vector<char*> pointers;
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

} // namespace

std::string program_file()
{
    std::error_code error;
    return std::filesystem::read_symlink("/proc/self/exe", error).string();
}

Result<pid_t> start_successor(const std::string& program, std::span<const int> listening)
{
    std::vector<Descriptor> copies;
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    for (const int socket : listening) {
        const Descriptor& copy = copies.emplace_back(::fcntl(socket, F_DUPFD_CLOEXEC, above_sockets));
        const int place = first_socket + static_cast<int>(copies.size()) - 1;
        if (!copy.is_open() || ::posix_spawn_file_actions_adddup2(&actions, copy.get(), place) != 0) {
            ::posix_spawn_file_actions_destroy(&actions);
            return unavailable("no descriptor is free");
        }
    }
    // Connections, some of which libraries open without FD_CLOEXEC: their peers would not see them end with this
    // process.
    ::posix_spawn_file_actions_addclosefrom_np(&actions, first_socket + static_cast<int>(copies.size()));
    auto arguments = own_arguments();
    auto variables = environment_of_successor(listening.size());
    pid_t process = 0;
    const int error = ::posix_spawn(&process, program.c_str(), &actions, nullptr, pointers_to(arguments).data(),
                                    pointers_to(variables).data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        return unavailable(program + ": " + std::error_code(error, std::generic_category()).message());
    return process;
}

std::vector<int> inherited_sockets()
{
    std::vector<int> sockets;
    for (int i = 0; i < number_in(count_variable).value_or(0); ++i) {
        const int socket = first_socket + i;
        if (::fcntl(socket, F_SETFD, FD_CLOEXEC) == 0)
            sockets.push_back(socket);
    }
    ::unsetenv(count_variable);
    return sockets;
}

void relieve_predecessor()
{
    const auto predecessor = number_in(predecessor_variable);
    ::unsetenv(predecessor_variable);
    if (!predecessor || *predecessor != ::getppid()) // it has ended by itself meanwhile
        return;
    log::info("taking over from process {}", *predecessor);
    ::kill(*predecessor, SIGTERM);
}

} // namespace gatehouse::edge
