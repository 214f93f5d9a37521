#pragma once

#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::doctor
{

/// One entry of a keytab.
struct KeytabKey {
    std::string principal; ///< `host/mail.campus.example@CAMPUS.EXAMPLE`
    std::string realm;     ///< CAMPUS.EXAMPLE
    std::uint32_t kvno = 0;
    std::int32_t enctype = 0; ///< RFC 3961 and the registry of IANA
    std::chrono::system_clock::time_point written{};
};

/// What can be known of a keytab without asking anybody. Holds no key.
struct KeytabFile {
    std::string file;
    std::vector<KeytabKey> keys; ///< in the file's order
    std::string trouble;         ///< why it cannot be read; empty: it can
    std::string rights_trouble;  ///< who may read or change it and should not, or cannot and must
    std::vector<std::string> rights_cure;
};

/// Reads a keytab. `reader` is the user that authd runs as; whether that one may read it is judged by owner, group and
/// mode, when such a user exists.
KeytabFile read_keytab(const std::string& file, const std::string& reader);

/// The principals of a keytab that belong to `realm`, each once, in order.
std::vector<std::string> principals_of(const KeytabFile& keytab, const std::string& realm);
/// The keys of one principal with the highest version.
std::vector<KeytabKey> newest_keys(const KeytabFile& keytab, const std::string& principal);

/// aes256-cts-hmac-sha1-96, and its number when libkrb5 knows no name.
std::string enctype_name(std::int32_t enctype);
/// DES and RC4 (RFC 6649, RFC 8429): what domain controllers are being told to refuse.
bool is_weak(std::int32_t enctype);

} // namespace gatehouse::doctor
