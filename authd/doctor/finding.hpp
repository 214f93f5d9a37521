#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::doctor
{

enum class Severity : std::uint8_t {
    ok,
    skipped, ///< could not be looked at, because of something that another check tells
    warning, ///< logins work, but something is about to break, is slower or knows less than it could
    fault,   ///< something that the configuration asks for does not work
};
std::string_view name_of(Severity severity);

/// What one check says of one thing.
struct Finding {
    Severity severity = Severity::ok;
    std::string check; ///< the name in the table of checks
    std::string realm;
    std::string about;             ///< the server, principal, account or container; may be empty
    std::string text;              ///< a sentence: what was found and what was expected
    std::vector<std::string> cure; ///< what to do, in order: words, or lines that can be run as they stand
};

/// Where a check puts what it finds.
class Report
{
public:
    Report(std::string realm, std::string_view check, std::vector<Finding>& findings)
        : realm_(std::move(realm)), check_(check), findings_(findings)
    {
    }

    void ok(std::string about, std::string text) { add(Severity::ok, std::move(about), std::move(text), {}); }
    void skip(std::string text) { add(Severity::skipped, {}, std::move(text), {}); }
    void warn(std::string about, std::string text, std::vector<std::string> cure)
    {
        add(Severity::warning, std::move(about), std::move(text), std::move(cure));
    }
    void fault(std::string about, std::string text, std::vector<std::string> cure)
    {
        add(Severity::fault, std::move(about), std::move(text), std::move(cure));
    }

private:
    void add(Severity severity, std::string about, std::string text, std::vector<std::string> cure)
    {
        findings_.push_back(
            {severity, std::string(check_), realm_, std::move(about), std::move(text), std::move(cure)});
    }

    std::string realm_;
    std::string_view check_;
    std::vector<Finding>& findings_;
};

} // namespace gatehouse::doctor
