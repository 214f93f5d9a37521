#include "base/scram_verifier.hpp"

#include "base/text.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace gatehouse;

namespace
{
// RFC 7677, section 3 (user "user", password "pencil"), and RFC 5802, section 5; the keys as RFC 5803 writes them.
const std::string rfc_7677 = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
                             "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
const std::string rfc_5802 =
    "SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSulAsxiupA+qs2/fTE=";

Secret secret(std::string_view text)
{
    Secret secret;
    REQUIRE(secret.append(text));
    return secret;
}

ScramVerifier derived(ScramHash hash, std::string_view salt)
{
    const auto bytes = text::decode_base64(salt);
    REQUIRE(bytes);
    return derive_scram_verifier(hash, secret("pencil"), std::string(bytes->view()), 4096).value();
}
} // namespace

TEST_CASE("a verifier is derived as in the examples of RFC 7677 and RFC 5802, and read again as it was written",
          "[unit]")
{
    const ScramVerifier sha256 = derived(ScramHash::sha256, "W22ZaJ0SNY7soEsUEjb6gQ==");
    REQUIRE(format_scram_verifier(sha256) == rfc_7677);
    REQUIRE(parse_scram_verifier(rfc_7677).value() == sha256);
    const ScramVerifier sha1 = derived(ScramHash::sha1, "QSXCR+Q6sek8bf92");
    REQUIRE(format_scram_verifier(sha1) == rfc_5802);
    REQUIRE(parse_scram_verifier(rfc_5802).value() == sha1);
}

TEST_CASE("a verifier that is made has the usual cost and a salt of its own", "[unit]")
{
    const auto one = make_scram_verifier(ScramHash::sha256, secret("pencil"));
    const auto other = make_scram_verifier(ScramHash::sha256, secret("pencil"));
    REQUIRE(one->iterations == usual_scram_iterations);
    REQUIRE(one->salt.size() == usual_scram_salt);
    REQUIRE(one->salt != other->salt);
    REQUIRE(one->stored_key != other->stored_key);
}

TEST_CASE("what is no verifier is refused, with the form that is expected", "[unit]")
{
    for (std::size_t size = 0; size < rfc_7677.size() - 1; ++size)
        REQUIRE_FALSE(parse_scram_verifier(rfc_7677.substr(0, size)));
    for (const std::string& text :
         {"SCRAM-SHA-512" + rfc_7677.substr(13), rfc_7677 + '=', rfc_7677 + ":x", rfc_7677 + "$x", ' ' + rfc_7677,
          "SCRAM-SHA-1" + rfc_7677.substr(13), "SCRAM-SHA-256$4095" + rfc_7677.substr(18),
          "SCRAM-SHA-256$10000001" + rfc_7677.substr(18), "SCRAM-SHA-256$-1" + rfc_7677.substr(18),
          "SCRAM-SHA-256$4096:AAAA" + rfc_7677.substr(43)}) {
        INFO(text);
        REQUIRE_FALSE(parse_scram_verifier(text));
    }
    REQUIRE(parse_scram_verifier("plain").error().text.find("authctl hash --scram") != std::string::npos);
}

TEST_CASE("only a password that every client prepares alike gets a verifier", "[unit]")
{
    REQUIRE_FALSE(make_scram_verifier(ScramHash::sha256, {}));
    REQUIRE_FALSE(make_scram_verifier(ScramHash::sha256, secret("p\xc3\xa4ssword")));
    REQUIRE_FALSE(make_scram_verifier(ScramHash::sha256, secret("tab\there")));
}
