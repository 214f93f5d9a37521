// SASL LOGIN: the messages of a client, one a line. It ends after three at most, and shows the last two.
// covers: authd/sasl/login.cpp
#include "fuzz.hpp"
#include "sasl/login.hpp"

#include <string>

using namespace gatehouse;
using namespace gatehouse::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const NothingLeft nothing_left;
    std::string_view stream = text_of(bytes, size);
    const auto exchange = sasl::login.begin({}, {});
    std::string_view before;
    bool over = false;
    for (int i = 0; i < 5; ++i) {
        const std::string_view message = stream.substr(0, stream.find('\n'));
        stream.remove_prefix(std::min(message.size() + 1, stream.size()));
        const auto step = exchange->step(secret_of(message));
        require(!over || std::holds_alternative<Exchange::Broken>(step));
        require(i < 2 || !std::holds_alternative<Exchange::Continue>(step));
        over = !std::holds_alternative<Exchange::Continue>(step);
        if (const auto* shown = std::get_if<Exchange::Shown>(&step)) {
            const auto& credential = std::get<PasswordCredential>(shown->credential);
            planted_bug(credential.password.view());
            require(credential.login == before && credential.password.view() == message && credential.authzid.empty());
        }
        before = message;
    }
    return 0;
}
