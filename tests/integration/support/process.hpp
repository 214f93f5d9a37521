#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace gatehouse::integration
{

using Environment = std::map<std::string, std::string>;

struct RunOptions {
    std::string input{}; ///< the program's standard input, after which it is closed
    std::chrono::milliseconds timeout{60'000};
    Environment environment{}; ///< added to the test's own
};

struct Output {
    int status = -1; ///< exit status; 128 + N after signal N
    bool timed_out = false;
    std::string out;
    std::string err;

    bool ok() const { return status == 0 && !timed_out; }
    /// What to show when something else was expected.
    std::string text() const;
};

/// Runs a program to its end, without a shell. It is killed, with its process group, when the time is up.
/// Throws std::system_error when it cannot be started. Thread-safe.
Output run(const std::vector<std::string>& argv, const RunOptions& options = {});

/// A program that runs while the test goes on; killed by its process id when this ends. Not thread-safe.
class Child
{
public:
    /// Both outputs go to `log`, which is emptied first. Throws std::system_error when it cannot be started.
    Child(const std::vector<std::string>& argv, std::filesystem::path log, const Environment& environment = {});
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    pid_t pid() const { return pid_; }
    bool running();
    void signal(int number) const;
    /// Its status as in Output; empty when it still runs after `timeout`.
    std::optional<int> wait_for_end(std::chrono::milliseconds timeout);
    std::string log() const;

private:
    pid_t pid_ = -1;
    std::filesystem::path log_;
    std::optional<int> status_;
};

/// The whole file; empty when it is not there.
std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, std::string_view text);

} // namespace gatehouse::integration
