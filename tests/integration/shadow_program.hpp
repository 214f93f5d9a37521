#pragma once

#include "support/lab.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::integration
{

/// `authctl shadow` before this lab's saslauthd, which answers from the same slapd as the lab's authd. Killed at the
/// end unless it was told to end.
class Shadow
{
public:
    struct Wishes {
        std::filesystem::path control = Lab::current().door("control").path; ///< of the authd to compare with
        std::filesystem::path old = old_saslauthd().path;
        std::filesystem::path listen = Lab::current().door("shadow").path;
        std::vector<std::string> more{}; ///< options
    };

    /// Starts it and waits for its socket. Throws std::runtime_error with its log when there is none.
    explicit Shadow(const Wishes& wishes);
    Shadow() : Shadow(Wishes{}) {}

    static Place old_saslauthd() { return {.path = Lab::current().show("saslauthd").at("socket")}; }

    Place door() const { return {.path = listen_}; }
    Child& process() { return process_; }

    /// Its lines that begin with this word, once there are `count` of them; fewer when they do not come in time.
    std::vector<std::string> lines(const std::string& word, std::size_t count = 1) const;

    /// What it said by its end, to SIGTERM.
    struct End {
        int status = -1;
        std::vector<std::string> differences{};
        std::string sums{};
        std::uint64_t sum(const std::string& name) const;
    };
    End end();

private:
    std::filesystem::path listen_;
    Child process_;
};

} // namespace gatehouse::integration
