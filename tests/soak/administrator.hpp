#pragma once

#include "soak/record.hpp"

#include <cstdint>
#include <mutex>
#include <random>
#include <stop_token>
#include <string>
#include <vector>

namespace gatehouse::soak
{

/// Changes people as the directory's administrators do, one after the other, and notes the moments before and after
/// each command. Used by one thread.
class Administrator
{
public:
    /// `directory_up` is held while a command runs: none is given to a directory that is away.
    Administrator(std::uint64_t seed, Record& record, std::mutex& directory_up);

    /// Until it is told to stop. Throws std::runtime_error when the directory refuses a change: from then on nobody
    /// knows what a person's state is.
    void work(const std::stop_token& stop);

private:
    struct Change {
        std::string action;
        std::vector<std::string> arguments{}; ///< of the command, whose first one is a person or a group
        std::string input{};                  ///< a password
        PersonState after{};
    };

    void change_somebody();
    void change(std::size_t number, const Change& change);
    Change draw_change(const Record::Person& person);
    Change draw_password_change(const Record::Person& person);
    bool chance(unsigned percent) { return random_() % 100 < percent; }

    std::mt19937_64 random_;
    Record& record_;
    std::mutex& directory_up_;
    std::vector<Moment> left_alone_until_; ///< by person
    unsigned passwords_ = 0;
};

} // namespace gatehouse::soak
