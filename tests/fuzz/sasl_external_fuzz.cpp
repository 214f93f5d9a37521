// EXTERNAL: whom to act for, and the names of a certificate, one a line.
// covers: authd/sasl/external.cpp
#include "fuzz.hpp"
#include "sasl/external.hpp"

#include <string>

using namespace gatehouse;
using namespace gatehouse::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const NothingLeft nothing_left;
    std::string_view stream = text_of(bytes, size);
    const std::string_view message = stream.substr(0, stream.find('\n'));
    stream.remove_prefix(std::min(message.size() + 1, stream.size()));
    const std::string name(stream);
    const auto exchange = sasl::external.begin({}, {.certificate = ClientCertificate{.name = name}});
    const auto step = exchange->step(secret_of(message));
    if (const auto* shown = std::get_if<Exchange::Shown>(&step)) {
        const auto& credential = std::get<CertificateCredential>(shown->credential);
        planted_bug(credential.authzid);
        require(credential.authzid == message && credential.login == name);
    }
    require(std::holds_alternative<Exchange::Broken>(exchange->step(secret_of(message))));
    return 0;
}
