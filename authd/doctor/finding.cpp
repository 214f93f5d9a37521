#include "doctor/finding.hpp"

namespace gatehouse::doctor
{

std::string_view name_of(Severity severity)
{
    switch (severity) {
    case Severity::ok: return "ok";
    case Severity::skipped: return "skipped";
    case Severity::warning: return "warning";
    case Severity::fault: break;
    }
    return "fault";
}

} // namespace gatehouse::doctor
