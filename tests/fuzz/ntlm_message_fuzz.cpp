// NTLM's messages, bare and inside of other tokens: the name that is read is one of the message's own bytes, and only
// one message is ever believed. covers: authd/wire/ntlm_message.cpp
#include "fuzz.hpp"
#include "wire/ntlm_message.hpp"

using namespace gatehouse;
using namespace gatehouse::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const std::string_view token = text_of(bytes, size);
    const auto found = wire::find_ntlm_message(token);
    if (!found || !*found)
        return 0;
    require((*found)->bytes.size() >= 12 && token.ends_with((*found)->bytes));
    static_cast<void>(wire::speaks_unicode((*found)->bytes));
    const auto plain = wire::claimed_login((*found)->bytes, false);
    if (plain) {
        planted_bug(*plain);
        require(!plain->empty() && plain->size() <= 2 * 1024 + 1);
    }
    if (const auto unicode = wire::claimed_login((*found)->bytes, true))
        require(!unicode->empty() && unicode->size() <= 2 * 1024 * 3 + 1);
    return 0;
}
