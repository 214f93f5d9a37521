#include "ctl/terminal.hpp"

#include "wire/native.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

namespace gatehouse::ctl
{

namespace
{

volatile std::sig_atomic_t caught = 0;

/// Notes the signals that would end or stop the program while the echo is off; delivers what came once it is back on.
class HeldSignals
{
public:
    HeldSignals()
    {
        caught = 0;
        struct sigaction note{};
        note.sa_handler = [](int signal) { caught = signal; }; // without SA_RESTART: the read ends with EINTR
        for (std::size_t i = 0; i < signals.size(); ++i)
            ::sigaction(signals[i], &note, &before_[i]);
    }
    ~HeldSignals()
    {
        for (std::size_t i = 0; i < signals.size(); ++i)
            ::sigaction(signals[i], &before_[i], nullptr);
        if (const int signal = caught; signal != 0)
            ::raise(signal);
    }
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;

private:
    static constexpr std::array signals{SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGTSTP};
    std::array<struct sigaction, signals.size()> before_{};
};

class Terminal
{
public:
    Terminal() : file_(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC))
    {
        if (file_ < 0 || ::tcgetattr(file_, &before_) != 0)
            return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL);
        silent_ = ::tcsetattr(file_, TCSAFLUSH, &silent) == 0; // what was typed ahead of the question is dropped
    }
    ~Terminal()
    {
        if (silent_) {
            ::tcsetattr(file_, TCSAFLUSH, &before_);
            say("\n");
        }
        if (file_ >= 0)
            ::close(file_);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    bool silent() const { return silent_; }
    void say(std::string_view text) const
    {
        [[maybe_unused]] const ssize_t written = ::write(file_, text.data(), text.size());
    }
    ssize_t read(char& c) const { return ::read(file_, &c, 1); }

private:
    int file_;
    termios before_{};
    bool silent_ = false;
};

Result<Secret> read_line(const Terminal& terminal)
{
    Secret line;
    char c = 0;
    for (;;) {
        const ssize_t got = terminal.read(c);
        if (got <= 0)
            return invalid("no password was given");
        if (c == '\n')
            return line;
        const bool kept = line.append(std::string_view(&c, 1));
        OPENSSL_cleanse(&c, 1);
        if (!kept)
            return over_limit("the secret memory of this program is full");
    }
}

} // namespace

Result<Secret> ask_password(std::string_view prompt)
{
    const HeldSignals held; // outlives the terminal: the echo is back before a signal acts
    const Terminal terminal;
    if (!terminal.silent())
        return invalid("there is no terminal to ask for the password; use --password-stdin");
    terminal.say(prompt);
    return read_line(terminal);
}

Result<Secret> read_password_from_stdin()
{
    Secret password;
    std::array<char, 4096> piece;
    for (;;) {
        const ssize_t got = ::read(STDIN_FILENO, piece.data(), piece.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return invalid("standard input cannot be read: " +
                           std::error_code(errno, std::generic_category()).message());
        const bool kept = password.append(std::string_view(piece.data(), static_cast<std::size_t>(got)));
        OPENSSL_cleanse(piece.data(), piece.size());
        if (!kept || password.size() > wire::max_native_line)
            return invalid("standard input holds more than a password may be long");
        if (got == 0)
            break;
    }
    if (password.view().ends_with('\n'))
        password.truncate(password.size() - 1);
    return password;
}

} // namespace gatehouse::ctl
