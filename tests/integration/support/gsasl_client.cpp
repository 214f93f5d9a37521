#include "support/gsasl_client.hpp"

#include "base/text.hpp"
#include "support/mail_clients.hpp"

#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>

namespace gatehouse::integration
{

namespace
{
constexpr int patience_ms = 10'000;

/// Both ends of a socket: what is sent to a program that has ended is an error there and no signal.
std::array<int, 2> make_pair()
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw std::system_error(errno, std::generic_category(), "socketpair");
    return ends;
}
} // namespace

GsaslClient::GsaslClient(const std::vector<std::string>& words, const std::vector<std::string>& answers)
{
    const auto [own, others] = make_pair();
    socket_ = own;
    std::vector<std::string> argv{"gsasl", "--client"};
    argv.insert(argv.end(), words.begin(), words.end());
    std::vector<char*> pointers;
    for (std::string& word : argv)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, others, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, others, STDOUT_FILENO);
    const int error = ::posix_spawnp(&pid_, "gsasl", &actions, nullptr, pointers.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(others);
    if (error != 0)
        throw std::system_error(error, std::generic_category(), "gsasl");
    for (const std::string& answer : answers)
        write_line(answer);
}

GsaslClient::~GsaslClient()
{
    ::close(socket_);
    if (pid_ <= 0)
        return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

std::string GsaslClient::read()
{
    std::string line;
    for (char c = 0;;) {
        pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, patience_ms) != 1 || ::read(socket_, &c, 1) != 1)
            throw std::runtime_error("gsasl says no more; its last words: " + line);
        if (c != '\n') {
            line += c;
            continue;
        }
        line.erase(0, line.rfind(' ') + 1); // its questions stand on the same line
        const auto message = text::decode_base64(line);
        if (message && !line.starts_with("SCRAM-")) // it names the mechanism first
            return std::string(message->view());
        line.clear();
    }
}

void GsaslClient::write(const std::string& message)
{
    write_line(base64(message));
}

void GsaslClient::write_line(const std::string& line) const
{
    const std::string whole = line + '\n';
    if (::send(socket_, whole.data(), whole.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(whole.size()))
        throw std::system_error(errno, std::generic_category(), "gsasl takes no more");
}

} // namespace gatehouse::integration
