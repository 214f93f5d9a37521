#pragma once

#include "soak/history.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace gatehouse::soak
{

/// A login that was put off although nothing was away: authd's audit file has to give a reason for it.
struct PutOff {
    std::string door;
    std::string login;
    std::string words; ///< what its client was told
    std::chrono::system_clock::time_point begun;
    std::chrono::system_clock::time_point ended;
};

/// All that one run knows: its people, what was changed, what was away, and how the logins ended. Thread-safe.
class Record
{
public:
    /// What is promised, and what is granted to a server that has just come back: authd's feed of changes asks again
    /// after 5 s at the latest, and then reads everybody.
    static constexpr std::chrono::milliseconds promise{2'000};
    static constexpr std::chrono::milliseconds settling{10'000};

    enum class Server : std::uint8_t { directory, authd };
    struct Person {
        std::string name;
        PersonState state;
        std::vector<std::string> old_passwords;
    };
    struct Counts {
        std::uint64_t logins = 0;
        std::uint64_t granted = 0;
        std::uint64_t denied = 0;
        std::uint64_t changes = 0;
        std::uint64_t put_off_by_outage = 0;
        std::uint64_t wrong = 0;
    };

    /// People person00001, ..., as tests/lab makes them.
    explicit Record(std::size_t people);

    std::size_t people() const { return people_.size(); }
    /// As the last change leaves them, which may be under way.
    Person person(std::size_t number) const;

    void change_begins(std::size_t number, const std::string& what, PersonState state, Moment at);
    void change_ends(std::size_t number, Moment at);
    void outage_begins(Server server);
    void outage_ends(Server server);

    /// Judges a login that ended just now. A wrong one is printed with the person's history.
    void logged_in(std::size_t number, const std::string& door, const std::string& name_shown, const Login& login,
                   const std::string& words);

    Counts counts() const;
    std::size_t restarts() const;
    std::vector<PutOff> put_off() const;

private:
    struct Known {
        std::string name;
        PersonHistory history;
        std::vector<std::string> changes; ///< what led to each state of the history
    };
    void print_wrong(const Known& known, const std::string& door, const std::string& name_shown, const Login& login,
                     const std::string& words) const;
    double seconds(Moment at) const; // since the run began

    mutable std::mutex mutex_;
    const Moment began_ = std::chrono::steady_clock::now();
    std::vector<Known> people_;
    Outages directory_{settling};
    Outages authd_{settling};
    std::vector<PutOff> put_off_;
    Counts counts_;
};

} // namespace gatehouse::soak
