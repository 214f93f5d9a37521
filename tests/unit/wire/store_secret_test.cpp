#include "wire/store_secret.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using namespace gatehouse;
using namespace gatehouse::wire;

namespace
{
Secret secret(std::string_view text)
{
    Secret out;
    REQUIRE(out.append(text));
    return out;
}

const std::string key_text(32, 'k');

StoreSecret alices()
{
    return {.minted = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(1'796'000'000'123)),
            .nonce = {1, 2, 3, 0xff},
            .login_print = login_print("alice"),
            .realm = "CAMPUS",
            .id = "6d0c6b3e-1b0a-4b53-9d5e-0d5f0ad1f1aa",
            .service = "imap",
            .store = "imap1.campus.example"};
}

std::string text_of(const StoreSecret& of)
{
    return std::string(format_store_secret(of, secret(key_text)).value().view());
}

/// Good: it parses, and our key has made it.
bool is_good(std::string_view text)
{
    const auto shown = parse_store_secret(text);
    return shown && is_made_with(*shown, secret(key_text)).value();
}
} // namespace

TEST_CASE("a store secret says what it was made for, in a text that every protocol carries", "[unit]")
{
    const std::string text = text_of(alices());
    REQUIRE(is_store_secret(text));
    REQUIRE(text.size() <= max_store_secret);
    REQUIRE(std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
               c == '_';
    }));
    const auto shown = parse_store_secret(text);
    REQUIRE(shown);
    REQUIRE(shown->says == alices());
    REQUIRE(is_made_with(*shown, secret(key_text)).value());
    REQUIRE_FALSE(is_made_with(*shown, secret(std::string(31, 'k') + 'K')).value());
    REQUIRE_FALSE(text.contains("alice")); // the name is not told, only compared
}

// Computed by another implementation (Python's hmac).
TEST_CASE("the format is what other versions of Gatehouse write", "[unit]")
{
    REQUIRE(text_of(alices()) ==
            "ghs1.AAABoinxKHsBAgP_AAAAAAAAAAAAAAAAK9gGyX8OAK8aH8Myj6djqaJ0ni4JgdyYp5LF0wuCH1d4MWBgff_xfGqq1fR4E70h"
            ".Q0FNUFVTADZkMGM2YjNlLTFiMGEtNGI1My05ZDVlLTBkNWYwYWQxZjFhYQBpbWFw.imap1.campus.example");
}

TEST_CASE("a store secret with any byte changed, missing or added is not good", "[unit]")
{
    const std::string text = text_of(alices());
    REQUIRE(is_good(text));
    for (std::size_t at = 0; at < text.size(); ++at) {
        INFO(at);
        for (int byte = 0; byte < 256; ++byte) {
            std::string other = text;
            other[at] = static_cast<char>(byte);
            if (other != text && is_good(other))
                FAIL("byte " << byte);
        }
        REQUIRE_FALSE(is_good(text.substr(0, at)));
        REQUIRE_FALSE(is_good(std::string(text).erase(at, 1)));
        REQUIRE_FALSE(is_good(std::string(text).insert(at, 1, text[at])));
    }
    REQUIRE_FALSE(is_good(text + "x"));
    REQUIRE_FALSE(is_good(text + "="));
}

TEST_CASE("each thing that a store secret is bound to changes it", "[unit]")
{
    const std::string text = text_of(alices());
    const auto differs = [&](auto change) {
        StoreSecret other = alices();
        change(other);
        const std::string other_text = text_of(other);
        // What stands before the MAC, with the MAC of the first one.
        const auto shown = parse_store_secret(other_text);
        ShownStoreSecret forged = shown.value();
        forged.mac = parse_store_secret(text)->mac;
        return other_text != text && !is_made_with(forged, secret(key_text)).value();
    };
    REQUIRE(differs([](StoreSecret& s) { s.minted += std::chrono::milliseconds(1); }));
    REQUIRE(differs([](StoreSecret& s) { s.nonce.back() = 1; }));
    REQUIRE(differs([](StoreSecret& s) { s.login_print = login_print("bob"); }));
    REQUIRE(differs([](StoreSecret& s) { s.realm = "LAB"; }));
    REQUIRE(differs([](StoreSecret& s) { s.id.back() = 'b'; }));
    REQUIRE(differs([](StoreSecret& s) { s.service = "pop"; }));
    REQUIRE(differs([](StoreSecret& s) { s.store = "imap2.campus.example"; }));
    REQUIRE(differs([](StoreSecret& s) { // the border between two members is one of its own
        s.id.insert(0, 1, s.realm.back());
        s.realm.pop_back();
    }));
}

TEST_CASE("what a store secret cannot hold is not made", "[unit]")
{
    const auto error = [](auto change) {
        StoreSecret of = alices();
        change(of);
        const auto made = format_store_secret(of, secret(key_text));
        REQUIRE_FALSE(made);
        return made.error();
    };
    for (const std::string store : {"", "imap 1", "imap:1", "imap\"", "imap\\", "ümap", "a/b", "a\nb"}) {
        INFO(store);
        REQUIRE_FALSE(is_store_name(store));
        REQUIRE(error([&](StoreSecret& s) { s.store = store; }) == WireError::malformed);
    }
    REQUIRE(is_store_name("Imap-1_a.example"));
    REQUIRE(is_store_name(std::string(64, 'a')));
    REQUIRE_FALSE(is_store_name(std::string(65, 'a')));
    REQUIRE(error([](StoreSecret& s) { s.realm.clear(); }) == WireError::malformed);
    REQUIRE(error([](StoreSecret& s) { s.id.clear(); }) == WireError::malformed);
    REQUIRE(error([](StoreSecret& s) { s.service.clear(); }) == WireError::malformed);
    REQUIRE(error([](StoreSecret& s) { s.id += '\0'; }) == WireError::malformed);
    REQUIRE(error([](StoreSecret& s) { s.id = std::string(100, 'i'); }) == WireError::too_long);
}

TEST_CASE("the longest store secret has 250 bytes and room for 60 bytes of names beside a store of 64", "[unit]")
{
    StoreSecret of = alices();
    of.store = std::string(64, 's');
    of.realm = std::string(20, 'R');
    of.id = std::string(36, 'i');
    of.service = "imap";
    REQUIRE(text_of(of).size() == max_store_secret);
    REQUIRE(is_good(text_of(of)));
    of.id += 'i';
    REQUIRE(format_store_secret(of, secret(key_text)).error() == WireError::too_long);
}

TEST_CASE("a password is no store secret, and a store secret is never read beyond its limit", "[unit]")
{
    for (const std::string_view password : {"", "ghs1", "ghs", "GHS1.", " ghs1.", "password ghs1."})
        REQUIRE_FALSE(is_store_secret(password));
    for (const std::string_view damaged : {"ghs1.", "ghs1.x", "ghs1..", "ghs1..."}) {
        REQUIRE(is_store_secret(damaged));
        REQUIRE(parse_store_secret(damaged).error() == WireError::malformed);
    }
    REQUIRE(parse_store_secret("ghs1." + std::string(246, 'a')).error() == WireError::too_long);
}
