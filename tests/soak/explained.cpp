#include "soak/explained.hpp"

#include "support/audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>

namespace gatehouse::soak
{

using namespace std::chrono_literals;

namespace
{
constexpr std::size_t length_of_time = 26; // 2024-05-01T12:00:00.000000, without the zone
constexpr std::string_view none = "no audit line";

/// As the audit line writes a moment, so that moments are compared as texts.
std::string audit_time(std::chrono::system_clock::time_point at)
{
    const auto second = std::chrono::floor<std::chrono::seconds>(at);
    const std::time_t time = std::chrono::system_clock::to_time_t(second);
    std::tm utc{};
    gmtime_r(&time, &utc);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(at - second).count();
    const std::string digits = std::to_string(us);
    return std::string(text.data()) + "." + std::string(6 - digits.size(), '0') + digits;
}

struct Asked {
    std::string from;
    std::string to;
    std::string reason{none};
};

/// The line is written before the client has its answer. The clocks are read one after the other.
constexpr auto slack = 20ms;
} // namespace

std::map<std::string, std::size_t> reasons_of(const std::vector<PutOff>& logins, const std::filesystem::path& audit)
{
    std::multimap<std::string, Asked> asked;
    for (const PutOff& login : logins)
        asked.emplace(login.login,
                      Asked{.from = audit_time(login.begun - slack), .to = audit_time(login.ended + slack)});
    std::ifstream file(audit);
    for (std::string text; std::getline(file, text);) {
        if (text.find("\"verdict\":\"unavailable\"") == std::string::npos)
            continue;
        const integration::AuditLine line(text);
        const std::string time = line["time"].substr(0, length_of_time);
        const auto [begin, end] = asked.equal_range(line["login"]);
        const auto one = std::find_if(begin, end, [&](const auto& each) {
            return each.second.reason == none && time >= each.second.from && time <= each.second.to;
        });
        if (one != end)
            one->second.reason = line["reason"];
    }
    std::map<std::string, std::size_t> reasons;
    for (const auto& [login, one] : asked) {
        ++reasons[one.reason];
        if (!is_of_shield(one.reason))
            fmt::print("WRONG: {} was put off between {} and {} UTC: {}\n", login, one.from, one.to, one.reason);
    }
    return reasons;
}

bool is_of_shield(const std::string& reason)
{
    return reason == "lockout-budget" || reason == "network-slowed";
}

} // namespace gatehouse::soak
