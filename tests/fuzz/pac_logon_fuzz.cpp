// A ticket's PAC, as a domain controller would have signed it: whatever is read has the shape of a SID.
// covers: authd/wire/pac_logon.cpp
#include "fuzz.hpp"
#include "wire/pac_logon.hpp"

#include <algorithm>

using namespace gatehouse;
using namespace gatehouse::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const auto sid = wire::parse_pac_logon(text_of(bytes, size));
    if (!sid)
        return 0;
    planted_bug(text_of(bytes, size)); // a SID has no room for it
    require(sid->starts_with("S-") && !sid->ends_with("-0"));
    require(std::ranges::all_of(sid->substr(2), [](char c) { return c == '-' || (c >= '0' && c <= '9'); }));
    return 0;
}
