#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "wire/limits.hpp"
#include "wire/line_buffer.hpp"
#include "wire/wire_error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// pure-ftpd's external authentication (-l extauth:SOCKET): one request, one answer, the server closes.
// Source: pure-ftpd 1.0.50, README.Authentication-Modules and src/log_extauth.c.

namespace gatehouse::wire
{

/// What pure-ftpd asks. Its own requests fit 4,095 bytes; lines with a keyword unknown here are skipped.
struct ExtauthRequest {
    std::string login;
    Secret password;
    std::string client_address; ///< peer:
    std::string local_address;  ///< localhost:
    std::string local_port;     ///< localport:
    std::string server_name;    ///< sni_name:, from TLS
    bool encrypted = false;     ///< encrypted:1, the control connection is in TLS
};

/// Collects the lines of one request until the line "end"; what follows is ignored.
class ExtauthDecoder
{
public:
    ExtauthDecoder() : lines_(max_line) {}

    /// Takes bytes as they arrive, in pieces of any size. True once the request is whole. Errors, all final: `too_long`
    /// for a line beyond the longest password, or too many lines; `malformed` when account or password is missing at
    /// the end or comes twice; `out_of_memory`. A caller may answer `too_long` with `extauth_refused`.
    Result<bool, WireError> feed(std::span<const std::uint8_t> bytes);

    /// The request, once `feed` said true; to be called once.
    ExtauthRequest take();

    /// A request has begun and is not whole.
    bool partial() const { return !whole_ && (lines_.partial() || count_ > 0); }

private:
    static constexpr std::size_t max_line = std::string_view("password:").size() + max_password;
    static constexpr std::size_t max_lines = 32; // pure-ftpd sends 8

    std::unexpected<WireError> fail(WireError error);
    Result<void, WireError> take_line(Secret line);
    Result<void, WireError> take_end();

    LineBuffer lines_;
    std::size_t count_ = 0;
    std::optional<std::string> login_;
    std::optional<Secret> password_;
    ExtauthRequest request_;
    bool whole_ = false;
    std::optional<WireError> failure_;
};

/// The account that pure-ftpd takes on for a person.
struct ExtauthAccount {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string home; ///< an absolute path; "/./" in it marks where a jail begins
};

/// Is the account fit to be answered? Error: `invalid` with what is wrong: uid or gid 0, a home that is not absolute,
/// has a control character (a line end would forge an answer), or is too long for pure-ftpd to read.
Result<void> check_extauth_account(const ExtauthAccount& account);

/// auth_ok:1 with the account. Error: as `check_extauth_account`, so that no forged answer can be made.
Result<std::string> extauth_granted(const ExtauthAccount& account);
/// auth_ok:-1: refused for good, pure-ftpd asks no other method.
std::string extauth_refused();
/// auth_ok:0: this server does not know; pure-ftpd asks its next method, and refuses when it has none. The answer to an
/// outage, where closing without an answer has the same effect: FTP has no word for it, and clients read 530 either
/// way.
std::string extauth_unknown();

// The client's side, for tests and load.

/// A request as pure-ftpd writes it. Errors: `malformed` where a text has a line end; `out_of_memory`.
Result<Secret, WireError> encode_extauth_request(const ExtauthRequest& request);

struct ExtauthAnswer {
    int auth_ok = 0;
    std::optional<ExtauthAccount> account; ///< set when auth_ok is 1
};

/// The answer in `received`, everything until the server closed, read as pure-ftpd reads it. Error: `malformed` without
/// an end or with an account that pure-ftpd would refuse.
Result<ExtauthAnswer, WireError> parse_extauth_answer(std::string_view received);

} // namespace gatehouse::wire
