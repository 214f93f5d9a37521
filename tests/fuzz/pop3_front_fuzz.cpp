// POP3 before login: see front_play.hpp.
// covers: mail/codec/pop3_front.cpp mail/codec/queueing_front.cpp mail/codec/inbox.cpp
#include "codec/pop3_front.hpp"
#include "front_play.hpp"

using namespace gatehouse;
using namespace gatehouse::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const NothingLeft nothing_left;
    if (size < 2)
        return 0;
    const auto make = [](const codec::FrontSettings& settings, codec::BackendLines backend) {
        return std::make_unique<codec::Pop3Front>(settings, std::move(backend));
    };
    FrontPlay(make, bytes[0] & ~FrontPlay::greets_again, bytes[1], {"UTF8 USER"}).run(text_of(bytes + 2, size - 2));
    return 0;
}
