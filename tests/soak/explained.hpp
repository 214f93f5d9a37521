#pragma once

#include "soak/record.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace gatehouse::soak
{

/// Why logins were put off while nothing was away, as authd's audit file says it: the number of each reason. A login
/// without a line has the reason "no audit line". Those that are not the shield's are printed.
std::map<std::string, std::size_t> reasons_of(const std::vector<PutOff>& logins, const std::filesystem::path& audit);

/// Is this the lockout shield at work? Any other reason is wrong.
bool is_of_shield(const std::string& reason);

} // namespace gatehouse::soak
