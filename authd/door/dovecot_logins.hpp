#pragma once

#include "base/deadline.hpp"
#include "identity/person.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gatehouse::door
{

/// Logins that a Dovecot login process was granted, kept until Dovecot's master process asks about them with REQUEST.
/// Each can be taken once, by whoever shows the cookie of the connection that was granted it. Thread-safe.
class DovecotLogins
{
public:
    static constexpr std::chrono::seconds kept_for{60};
    static constexpr std::size_t max_kept = 16'384; ///< the oldest half goes when there are more

    void keep(std::string_view cookie, std::uint32_t client_pid, std::uint32_t id, Person person);
    std::optional<Person> take(std::string_view cookie, std::uint32_t client_pid, std::uint32_t id);

private:
    struct Kept {
        std::uint32_t client_pid;
        Person person;
        Deadline until;
    };
    static std::string key(std::string_view cookie, std::uint32_t id);
    void drop_old(Deadline now);

    std::mutex mutex_;
    std::unordered_map<std::string, Kept> kept_;
};

} // namespace gatehouse::door
