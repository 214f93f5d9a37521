#pragma once

#include "support/lab.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <sstream>
#include <string>
#include <vector>

namespace gatehouse::integration
{

/// A server of the lab that holds every connection and says nothing, for as long as this lives.
class Stopped
{
public:
    explicit Stopped(const std::string& server)
    {
        const Output family = run({"bash", "-c", R"sh(. "$1"; open_lab; family "$(process_id "$2")")sh", "family",
                                   Lab::current().script_file("lab.sh"), server});
        std::istringstream words(family.out);
        for (pid_t pid = 0; words >> pid;)
            pids_.push_back(pid);
        REQUIRE(pids_.size() > 1);
        signal(SIGSTOP);
    }
    ~Stopped() { signal(SIGCONT); }
    Stopped(const Stopped&) = delete;
    Stopped& operator=(const Stopped&) = delete;

private:
    void signal(int number) const
    {
        for (const pid_t pid : pids_)
            ::kill(pid, number);
    }

    std::vector<pid_t> pids_;
};

} // namespace gatehouse::integration
