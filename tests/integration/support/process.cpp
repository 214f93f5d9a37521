#include "support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <thread>

extern char** environ; // unistd.h declares it for GNU sources only

namespace gatehouse::integration
{

namespace
{
using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(int code, const std::string& what)
{
    throw std::system_error(code, std::generic_category(), what);
}

class Descriptor
{
public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    ~Descriptor() { close(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }
    bool open() const { return fd_ >= 0; }
    void set(int fd)
    {
        close();
        fd_ = fd;
    }
    void close()
    {
        if (fd_ >= 0)
            ::close(fd_);
        fd_ = -1;
    }

private:
    int fd_;
};

struct Pipe {
    Descriptor read;
    Descriptor write;

    Pipe()
    {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0)
            fail(errno, "pipe2");
        read.set(ends[0]);
        write.set(ends[1]);
    }
};

std::vector<std::string> merged_environment(const Environment& added)
{
    std::vector<std::string> merged;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        if (!added.contains(std::string(text.substr(0, text.find('=')))))
            merged.emplace_back(text);
    }
    for (const auto& [name, value] : added)
        merged.push_back(name + "=" + value);
    return merged;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts)
{
    std::vector<char*> pointers;
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// A new process in a group of its own, with the three descriptors as its standard ones.
pid_t spawn(std::vector<std::string> argv, const Environment& environment, std::array<int, 3> standard)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    for (int i = 0; i < 3; ++i)
        posix_spawn_file_actions_adddup2(&actions, standard.at(static_cast<std::size_t>(i)), i);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);

    std::vector<std::string> variables = merged_environment(environment);
    pid_t pid = -1;
    const int error = ::posix_spawnp(&pid, argv.at(0).c_str(), &actions, &attributes, pointers_to(argv).data(),
                                     pointers_to(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0)
        fail(error, argv[0]);
    return pid;
}

int status_of(int waited)
{
    return WIFEXITED(waited) ? WEXITSTATUS(waited) : 128 + WTERMSIG(waited);
}

int milliseconds_until(Clock::time_point end)
{
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
}

void take_input(Descriptor& from, std::string& into)
{
    std::array<char, 16 * 1024> piece;
    const ssize_t n = ::read(from.get(), piece.data(), piece.size());
    if (n > 0)
        into.append(piece.data(), static_cast<std::size_t>(n));
    else if (n == 0 || (errno != EINTR && errno != EAGAIN))
        from.close();
}

void give_output(Descriptor& to, std::string_view& rest)
{
    const ssize_t n = rest.empty() ? 0 : ::write(to.get(), rest.data(), rest.size());
    if (n > 0)
        rest.remove_prefix(static_cast<std::size_t>(n));
    if (rest.empty() || (n < 0 && errno != EAGAIN && errno != EINTR))
        to.close();
}

/// Feeds and drains the three pipes until the program has closed its own ends. False: the time was up before.
bool converse(Pipe& in, Pipe& out, Pipe& err, std::string_view input, Output& output, Clock::time_point end)
{
    ::fcntl(in.write.get(), F_SETFL, O_NONBLOCK);
    while (in.write.open() || out.read.open() || err.read.open()) {
        std::array<pollfd, 3> wanted{pollfd{in.write.get(), POLLOUT, 0}, pollfd{out.read.get(), POLLIN, 0},
                                     pollfd{err.read.get(), POLLIN, 0}};
        const int ready = ::poll(wanted.data(), wanted.size(), milliseconds_until(end));
        if (ready == 0)
            return false;
        if (wanted[0].revents != 0)
            give_output(in.write, input);
        if (wanted[1].revents != 0)
            take_input(out.read, output.out);
        if (wanted[2].revents != 0)
            take_input(err.read, output.err);
    }
    return true;
}

std::optional<int> reap(pid_t pid, Clock::time_point end)
{
    for (;;) {
        int waited = 0;
        const pid_t got = ::waitpid(pid, &waited, WNOHANG);
        if (got == pid)
            return status_of(waited);
        if (Clock::now() >= end)
            return {};
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}
} // namespace

std::string Output::text() const
{
    return "status " + std::to_string(status) + (timed_out ? " (killed: time was up)" : "") + "\n" + out + err;
}

Output run(const std::vector<std::string>& argv, const RunOptions& options)
{
    Pipe in;
    Pipe out;
    Pipe err;
    const pid_t pid = spawn(argv, options.environment, {in.read.get(), out.write.get(), err.write.get()});
    in.read.close();
    out.write.close();
    err.write.close();

    Output output;
    const auto end = Clock::now() + options.timeout;
    converse(in, out, err, options.input, output, end);
    auto status = reap(pid, end);
    if (!status) {
        output.timed_out = true;
        ::kill(-pid, SIGKILL);
        status = reap(pid, Clock::time_point::max());
    }
    output.status = *status;
    return output;
}

Child::Child(const std::vector<std::string>& argv, std::filesystem::path log, const Environment& environment)
    : log_(std::move(log))
{
    const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const Descriptor file(::open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644));
    if (!file.open())
        fail(errno, log_.string());
    pid_ = spawn(argv, environment, {nothing.get(), file.get(), file.get()});
}

Child::~Child()
{
    if (running()) {
        signal(SIGKILL);
        wait_for_end(std::chrono::seconds(10));
    }
}

bool Child::running()
{
    return !wait_for_end(std::chrono::milliseconds(0));
}

void Child::signal(int number) const
{
    ::kill(pid_, number);
}

std::optional<int> Child::wait_for_end(std::chrono::milliseconds timeout)
{
    if (!status_)
        status_ = reap(pid_, Clock::now() + timeout);
    return status_;
}

std::string Child::log() const
{
    return read_file(log_);
}

std::string read_file(const std::filesystem::path& path)
{
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

void write_file(const std::filesystem::path& path, std::string_view text)
{
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file.flush())
        fail(errno, "cannot write " + path.string());
}

} // namespace gatehouse::integration
