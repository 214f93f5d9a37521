#pragma once

#include "identity/exchange.hpp"
#include "sasl/scram_message.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::sasl
{

/// SCRAM: the client proves a password that is kept as a verifier only, and the server that it keeps one. A name that
/// nobody has goes the same way to the end with a verifier that fits no password. The -PLUS mechanisms also prove that
/// both ends see the same TLS connection; a client that was told of none although one was offered is refused.
/// The server's signature goes with the login's success; errors are told by refusing alone.
/// Source: RFC 5802; RFC 7677 for SHA-256. Why not libsasl2: docs/adr/0012-scram-of-our-own.md.
class Scram : public Exchange
{
public:
    enum class Plus : std::uint8_t { no, yes };
    Scram(ScramHash hash, Plus plus, std::shared_ptr<const Verifiers> verifiers, Channel channel)
        : hash_(hash), plus_(plus), verifiers_(std::move(verifiers)), told_(std::move(channel))
    {
    }

    Step step(Secret message) override;

private:
    enum class State : std::uint8_t {
        begun,
        challenged, ///< salt and nonce are on their way
        over,
    };

    Step take_first(std::string_view message);
    Step take_final(std::string_view message);
    Step check_binding();
    Step finish(Step last);

    const ScramHash hash_;
    const Plus plus_;
    const std::shared_ptr<const Verifiers> verifiers_;
    const Channel told_; // its bindings are those of the connection, where a -PLUS mechanism is offered
    State state_ = State::begun;
    ScramClientFirst first_;
    FoundVerifier found_;
    std::string channel_; // what the client must repeat: its header, and the bytes of the binding
    std::string nonce_;   // both parts
    std::string challenge_;
};

extern const Mechanism scram_sha256_plus;
extern const Mechanism scram_sha1_plus;
extern const Mechanism scram_sha256;
extern const Mechanism scram_sha1;

} // namespace gatehouse::sasl
