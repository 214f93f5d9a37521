#include "kerberos/kdc_refusal.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse;
using namespace gatehouse::kerberos;

namespace
{
using Bytes = std::vector<std::uint8_t>;

const WallTime now = std::chrono::system_clock::now();

constexpr std::uint32_t revoked = 18;
constexpr std::uint32_t key_expired = 23;

Judgement judged(const KdcRefusal& refusal, const AccountState* state = nullptr)
{
    return judge(refusal, state, now);
}

/// 0xC0000072, disabled; then reserved and flags.
const Bytes extended{0x72, 0x00, 0x00, 0xC0, 0, 0, 0, 0, 1, 0, 0, 0};

Bytes wrapped(std::uint8_t tag, const Bytes& content)
{
    Bytes bytes{tag, static_cast<std::uint8_t>(content.size())};
    bytes.insert(bytes.end(), content.begin(), content.end());
    return bytes;
}

Bytes operator+(Bytes a, const Bytes& b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

Bytes typed_value(std::uint8_t type, const Bytes& value)
{
    return wrapped(0x30, wrapped(0xA1, wrapped(0x02, {type})) + wrapped(0xA2, wrapped(0x04, value)));
}
} // namespace

TEST_CASE("a KDC's code becomes the reason that a bind would give")
{
    CHECK(judged({.code = 24, .password_shown = true}).reason == Reason::wrong_password);
    CHECK(judged({.code = 31, .password_shown = true}).reason == Reason::wrong_password);
    CHECK(judged({.code = 6}).reason == Reason::unknown_person);
    CHECK(judged({.code = 68}).reason == Reason::unknown_person);
    CHECK(judged({.code = 1}).reason == Reason::account_expired);
    CHECK(judged({.code = 12}).reason == Reason::account_restriction);
    CHECK(judged({.code = 21}).reason == Reason::account_restriction);
    CHECK(judged({.code = revoked}).reason == Reason::account_restriction);
    CHECK(judged({.code = key_expired}).reason == Reason::password_expired);
}

TEST_CASE("what says nothing about the person is an outage")
{
    for (const std::uint32_t code : {7U, 14U, 29U, 34U, 37U, 52U, 60U, 62U, 90U, 4711U}) {
        INFO(code);
        const Judgement judgement = judged({.code = code, .password_shown = true});
        CHECK(is_outage(judgement.reason));
        CHECK_FALSE(judgement.unproven);
    }
}

TEST_CASE("a skewed clock is named with its seconds and the cure")
{
    CHECK(judged({.code = 37, .skew = 700}).detail.find("700 s behind") != std::string::npos);
    CHECK(judged({.code = 37, .skew = -700}).detail.find("700 s ahead of") != std::string::npos);
    CHECK(judged({.code = 37, .skew = -700}).detail.find("chrony") != std::string::npos);
}

TEST_CASE("a refusal before the password was shown proves nothing about the password")
{
    CHECK(judged({.code = revoked}).unproven);
    CHECK(judged({.code = key_expired}).unproven);
    CHECK_FALSE(judged({.code = revoked, .password_shown = true}).unproven);
    CHECK_FALSE(judged({.code = key_expired, .password_shown = true}).unproven);
    CHECK_FALSE(judged({.code = 6}).unproven); // it does not seem to
}

TEST_CASE("a domain controller's NTSTATUS tells what revoked and expired mean")
{
    const auto with = [](std::uint32_t code, std::uint32_t status) {
        return judged({.code = code, .nt_status = status, .password_shown = true}).reason;
    };
    CHECK(with(revoked, 0xC0000072) == Reason::account_disabled);
    CHECK(with(revoked, 0xC0000193) == Reason::account_expired);
    CHECK(with(revoked, 0xC0000234) == Reason::account_locked);
    CHECK(with(revoked, 0xC000006F) == Reason::logon_hours);
    CHECK(with(key_expired, 0xC0000071) == Reason::password_expired);
    CHECK(with(key_expired, 0xC0000224) == Reason::must_change_password);
    CHECK(with(12, 0xC0000070) == Reason::workstation);
    CHECK(with(revoked, 0xC0FFEE00) == Reason::account_restriction);
    CHECK(with(24, 0xC0000072) == Reason::wrong_password); // the code decides where it is clear
    CHECK(with(29, 0xC0000072) == Reason::directory_unavailable);
}

TEST_CASE("MIT's words tell disabled, locked and must-change apart")
{
    CHECK(judged({.code = revoked, .word = "CLIENT LOCKED OUT"}).reason == Reason::account_disabled);
    CHECK(judged({.code = revoked, .word = "LOCKED_OUT"}).reason == Reason::account_locked);
    CHECK(judged({.code = key_expired, .word = "REQUIRED PWCHANGE"}).reason == Reason::must_change_password);
    CHECK(judged({.code = 60, .word = "LOCKED_OUT"}).reason == Reason::directory_unavailable);
}

TEST_CASE("without either, what the directory knows of the account does")
{
    AccountState state;
    state.logon_hours.emplace();
    CHECK(judged({.code = revoked}, &state).reason == Reason::logon_hours);
    state.locked = true;
    CHECK(judged({.code = revoked}, &state).reason == Reason::account_locked);
    state.expires = now + std::chrono::hours(1);
    CHECK(judged({.code = revoked}, &state).reason == Reason::account_locked);
    state.expires = now - std::chrono::hours(1);
    CHECK(judged({.code = revoked}, &state).reason == Reason::account_expired);
    state.disabled = true;
    CHECK(judged({.code = revoked}, &state).reason == Reason::account_disabled);
    CHECK(judged({.code = key_expired}, &state).reason == Reason::password_expired);
    state.must_change_password = true;
    CHECK(judged({.code = key_expired}, &state).reason == Reason::must_change_password);
    state.workstations_restricted = true;
    CHECK(judged({.code = 12}, &state).reason == Reason::workstation);
}

TEST_CASE("the NTSTATUS is found in each of its wrappings")
{
    CHECK(nt_status_of(extended) == 0xC0000072);
    CHECK(nt_status_of(typed_value(3, extended)) == 0xC0000072);
    CHECK(nt_status_of(wrapped(0x30, typed_value(3, extended))) == 0xC0000072);
    CHECK(nt_status_of(wrapped(0x30, typed_value(19, {1, 2, 3}) + typed_value(3, extended))) == 0xC0000072);
}

TEST_CASE("error data that is cut, damaged or of another kind has no NTSTATUS")
{
    CHECK_FALSE(nt_status_of({}));
    CHECK_FALSE(nt_status_of(typed_value(2, extended)));
    CHECK_FALSE(nt_status_of(typed_value(3, {1, 2, 3})));
    const Bytes whole = wrapped(0x30, typed_value(19, {1, 2, 3}) + typed_value(3, extended));
    for (std::size_t size = 0; size < whole.size(); ++size)
        if (size != extended.size()) // bare, it would be a status of another meaning
            CHECK_FALSE(nt_status_of(std::span(whole).first(size)));
    for (const std::uint8_t length : {0x80, 0x81, 0x84, 0xFF}) {
        Bytes odd = whole;
        odd[1] = length;
        CHECK_FALSE(nt_status_of(odd));
    }
}
