#include "directory/sync_protocol.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse;
using namespace gatehouse::directory;
using namespace std::string_literals;

namespace
{
/// BER (X.690) with short lengths.
std::string ber(int tag, const std::string& content)
{
    return std::string{static_cast<char>(tag), static_cast<char>(content.size())} + content;
}

const std::string uuid_bytes = "\xdd\xcc\x49\x65\x47\x47\x59\x5c\x93\xaf\x6a\x66\x92\xa6\x5c\xa9"s;
const std::string uuid_text = "ddcc4965-4747-595c-93af-6a6692a65ca9";
const std::string done = ber(0x01, "\xff");
const std::string not_done = ber(0x01, "\0"s);
} // namespace

TEST_CASE("a sync request asks to go on, from the cookie if there is one", "[unit]")
{
    CHECK(sync_request("") == ber(0x30, ber(0x0a, "\3")));
    CHECK(sync_request("rid=000") == ber(0x30, ber(0x0a, "\3") + ber(4, "rid=000")));
}

TEST_CASE("a sync state control is read whole or refused", "[unit]")
{
    const auto state = [](int number, const std::string& rest) {
        return ber(0x30, ber(0x0a, std::string(1, static_cast<char>(number))) + rest);
    };
    const auto added = parse_sync_state(state(1, ber(4, uuid_bytes)));
    REQUIRE(added);
    CHECK(added->state == SyncState::State::add);
    CHECK(added->id == uuid_text);
    CHECK_FALSE(added->cookie);
    const auto removed = parse_sync_state(state(3, ber(4, uuid_bytes) + ber(4, "rid=000,csn=x")));
    REQUIRE(removed);
    CHECK(removed->state == SyncState::State::remove);
    CHECK(removed->cookie == "rid=000,csn=x");

    CHECK_FALSE(parse_sync_state(""));
    CHECK_FALSE(parse_sync_state(state(4, ber(4, uuid_bytes))));
    CHECK_FALSE(parse_sync_state(state(1, ber(4, "short"))));
    const std::string whole = state(2, ber(4, uuid_bytes));
    for (std::size_t cut = 0; cut < whole.size(); ++cut)
        CHECK_FALSE(parse_sync_state(whole.substr(0, cut)));
}

TEST_CASE("a sync info message is each of its four kinds", "[unit]")
{
    const auto cookie = parse_sync_info(ber(0x80, "rid=000"));
    REQUIRE(cookie);
    CHECK(cookie->kind == SyncInfo::Kind::new_cookie);
    CHECK(cookie->cookie == "rid=000");

    const auto deletes = parse_sync_info(ber(0xa1, ""));
    REQUIRE(deletes);
    CHECK(deletes->kind == SyncInfo::Kind::refresh_delete);
    CHECK(deletes->refresh_done);

    const auto presents = parse_sync_info(ber(0xa2, ber(4, "c") + not_done));
    REQUIRE(presents);
    CHECK(presents->kind == SyncInfo::Kind::refresh_present);
    CHECK(presents->cookie == "c");
    CHECK_FALSE(presents->refresh_done);

    const std::string ids = ber(0x31, ber(4, uuid_bytes) + ber(4, uuid_bytes));
    const auto present_ids = parse_sync_info(ber(0xa3, ids));
    REQUIRE(present_ids);
    CHECK(present_ids->kind == SyncInfo::Kind::id_set);
    CHECK_FALSE(present_ids->refresh_deletes);
    CHECK(present_ids->ids == std::vector{uuid_text, uuid_text});
    CHECK(parse_sync_info(ber(0xa3, ber(4, "c") + done + ids))->refresh_deletes);

    CHECK_FALSE(parse_sync_info(""));
    CHECK_FALSE(parse_sync_info(ber(0xa4, "")));
    CHECK_FALSE(parse_sync_info(ber(0xa3, ber(0x31, ber(4, "short")))));
    const std::string whole = ber(0xa3, ber(4, "c") + done + ids);
    for (std::size_t cut = 0; cut < whole.size(); ++cut)
        CHECK_FALSE(parse_sync_info(whole.substr(0, cut)));
}

TEST_CASE("a cookie covers what it is not older than, at each server that takes changes", "[unit]")
{
    const std::string early = "20260101000000.000001Z#000000#001#000000";
    const std::string late = "20260101000000.000002Z#000000#001#000000";
    const std::string other = "20270101000000.000000Z#000000#002#000000";
    CHECK(cookie_covers("rid=000,csn=" + late, {early}));
    CHECK(cookie_covers("rid=000,csn=" + late, {late}));
    CHECK_FALSE(cookie_covers("rid=000,csn=" + early, {late}));
    CHECK_FALSE(cookie_covers("rid=000,csn=" + other, {early})); // another server's
    CHECK(cookie_covers("rid=000,sid=001,csn=" + late + ";" + other, {early, other}));
    CHECK_FALSE(cookie_covers("rid=000,csn=" + late, {early, other}));
    CHECK_FALSE(cookie_covers("", {early}));
    CHECK_FALSE(cookie_covers("rid=000,csn=" + late, {})); // nothing was read, so nothing is known
}

TEST_CASE("a change stamp grows with its time and its count", "[unit]")
{
    CHECK(csn_number("20260101000000.000001Z#000000#000#000000") >
          csn_number("20260101000000.000000Z#0000ff#000#000000"));
    CHECK(csn_number("20260101000000.000000Z#000001#000#000000") >
          csn_number("20260101000000.000000Z#000000#000#000000"));
    CHECK(csn_number("") == 0);
    CHECK(csn_number("20260101000000.5Z") != 0);
}
