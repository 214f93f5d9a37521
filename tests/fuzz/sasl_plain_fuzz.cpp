// SASL PLAIN: what is Shown is the message, and nothing is Shown twice.
// covers: authd/sasl/plain.cpp
#include "fuzz.hpp"
#include "sasl/plain.hpp"

#include <string>

using namespace gatehouse;
using namespace gatehouse::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const NothingLeft nothing_left;
    const std::string_view message = text_of(bytes, size);
    const auto exchange = sasl::plain.begin({}, {});
    const auto step = exchange->step(secret_of(message));
    require(!std::holds_alternative<Exchange::Continue>(step));
    if (const auto* shown = std::get_if<Exchange::Shown>(&step)) {
        const auto& credential = std::get<PasswordCredential>(shown->credential);
        planted_bug(credential.login);
        require(credential.authzid + '\0' + credential.login + '\0' + std::string(credential.password.view()) ==
                message);
    } else {
        require(!std::get<Exchange::Broken>(step).why.empty());
    }
    require(std::holds_alternative<Exchange::Broken>(exchange->step(secret_of(message))));
    return 0;
}
