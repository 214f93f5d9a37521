// IMAP before login: see front_play.hpp.
// covers: mail/codec/imap_front.cpp mail/codec/imap_command.cpp mail/codec/queueing_front.cpp mail/codec/inbox.cpp
#include "codec/imap_front.hpp"
#include "front_play.hpp"

using namespace gatehouse;
using namespace gatehouse::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const NothingLeft nothing_left;
    if (size < 2)
        return 0;
    const auto make = [](const codec::FrontSettings& settings, codec::BackendLines /*backend*/) {
        return std::make_unique<codec::ImapFront>(settings);
    };
    FrontPlay(make, bytes[0] & ~FrontPlay::greets_again, bytes[1], {}).run(text_of(bytes + 2, size - 2));
    return 0;
}
