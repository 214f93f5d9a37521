// exit_watch - run a command, and remember how the daemons that it leaves behind end
// SYNOPSIS      exit_watch FILE COMMAND [ARGUMENT...]
// DESCRIPTION   Ends when the command ends, with its status. A watcher stays as long as a process that the command
//               started is there, adopts what is orphaned (PR_SET_CHILD_SUBREAPER), and appends "PID STATUS" to FILE
//               for each that ends; a signal N counts as 128 + N. The lab's scripts leave their daemons to init, which
//               would throw their status away.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace
{
int status_of(int waited)
{
    return WIFEXITED(waited) ? WEXITSTATUS(waited) : 128 + WTERMSIG(waited);
}

/// Whoever reads our output must see it end with the command.
void let_go_of_output()
{
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int standard : {0, 1, 2})
        ::dup2(nothing, standard);
}

[[noreturn]] void watch(const std::string& file, char** command, int report)
{
    ::setsid();
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    const pid_t first = ::fork();
    if (first == 0) {
        ::execvp(command[0], command);
        std::perror(command[0]);
        ::_exit(127);
    }
    const int log = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    int waited = 0;
    for (pid_t pid; (pid = ::wait(&waited)) > 0;) {
        const int status = status_of(waited);
        if (pid == first) {
            let_go_of_output();
            if (::write(report, &status, sizeof status) < 0)
                ::_exit(71);
            ::close(report);
        }
        const std::string line = std::to_string(pid) + " " + std::to_string(status) + "\n";
        if (::write(log, line.data(), line.size()) < 0)
            ::_exit(71);
    }
    ::_exit(0);
}
} // namespace

int main(int count, char** words)
{
    std::array<int, 2> report{};
    if (count < 3 || ::pipe2(report.data(), O_CLOEXEC) != 0) {
        std::fputs("usage: exit_watch FILE COMMAND [ARGUMENT...]\n", stderr);
        return 64;
    }
    if (::fork() == 0)
        watch(words[1], words + 2, report[1]);
    ::close(report[1]);
    int status = 71;
    if (::read(report[0], &status, sizeof status) != sizeof status)
        return 71;
    return status;
}
