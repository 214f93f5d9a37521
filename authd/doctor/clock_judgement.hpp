#pragma once

#include "doctor/finding.hpp"

#include <chrono>
#include <string>

namespace gatehouse::doctor
{

/// Reports a clock that is `ahead` of ours (negative: behind), as Kerberos would see it.
void judge_clock(const std::string& whose, std::chrono::seconds ahead, Report& report);

} // namespace gatehouse::doctor
