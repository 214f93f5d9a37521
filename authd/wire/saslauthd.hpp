#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "wire/limits.hpp"
#include "wire/wire_error.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::wire
{

/// What a client of saslauthd asks. The strings are as they came: they may be empty and may hold any byte, NUL too.
struct SaslauthdRequest {
    std::string login;
    Secret password;
    std::string service;
    std::string realm;
    std::string client_address; ///< an IP address, or empty where none came that parses
};

/// Collects one request: four counted strings (login, password, service, realm), each a big-endian 16-bit length and
/// then that many bytes. Releases up to 2.1.28 send these four; Cyrus SASL's main branch sends a fifth, the client's
/// address as "ip;port", so it is taken when it came along and never waited for. What follows is ignored.
/// The password goes into a Secret from its first byte; the caller wipes the buffer it read into.
/// Source: Cyrus SASL 2.1.28, saslauthd/ipc_unix.c and lib/checkpw.c. Used by one coroutine at a time.
class SaslauthdDecoder
{
public:
    /// `max_field`: bytes of each of the four; lengths on the wire end at 65,535.
    explicit SaslauthdDecoder(std::size_t max_field = max_password) : max_field_(max_field) {}

    /// Takes bytes as they arrive, in pieces of any size. True once the four strings are whole. Errors, all final:
    /// `too_long` as soon as a length exceeds the limit, before its bytes arrive; `out_of_memory`.
    Result<bool, WireError> feed(std::span<const std::uint8_t> bytes);

    /// The request, once `feed` said true; to be called once.
    SaslauthdRequest take();

    /// A request has begun and is not whole.
    bool partial() const { return !whole() && (field_ > 0 || length_bytes_ > 0); }

private:
    static constexpr std::size_t wanted_fields = 4; // the fifth is a gift
    static constexpr std::size_t all_fields = 5;

    bool whole() const { return field_ >= wanted_fields; }
    std::unexpected<WireError> fail(WireError error);
    Result<void, WireError> take_length(std::uint8_t byte);
    bool take_content(std::span<const std::uint8_t> content);

    std::size_t max_field_;
    std::size_t field_ = 0;        // the one that is arriving
    std::size_t length_bytes_ = 0; // of its length, that have come
    std::size_t remaining_ = 0;    // of its content, once the length is known
    std::array<std::string, all_fields> texts_;
    Secret password_;
    bool failed_ = false;
    WireError failure_ = WireError::malformed;
};

/// The answer as a counted string: "OK text" or "NO text". Clients keep 1,023 bytes of it, so `text` is cut to fit.
std::string saslauthd_answer(bool ok, std::string_view text);

// The client's side, for tests and load.

/// The four counted strings. Errors: `too_long` where one exceeds 65,535 bytes; `out_of_memory`.
Result<Secret, WireError> encode_saslauthd_request(std::string_view login, const Secret& password,
                                                   std::string_view service, std::string_view realm);

struct SaslauthdAnswer {
    bool ok = false;
    std::string text; ///< what follows OK or NO and a space
};

/// The answer in `received`, which holds everything that came until the server closed. Error: `malformed` when it is
/// cut off or begins with neither OK nor NO.
Result<SaslauthdAnswer, WireError> parse_saslauthd_answer(std::string_view received);

} // namespace gatehouse::wire
