// The soak's judge can fail: wrong verdicts are called wrong, and only the stated moments of doubt excuse them.
#include "soak/history.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::soak
{

using namespace std::chrono_literals;

namespace
{
constexpr auto promise = 2s;
const Moment start{1h};

Moment at(std::chrono::milliseconds time)
{
    return start + time;
}

/// Mona, whose password changes from "old" to "new" by a command that runs from 10 s to 11 s.
struct Campus {
    Campus()
    {
        PersonState state = mona.last();
        state.password = "new";
        mona.begin(state, at(10s));
        mona.end(at(11s));
    }

    Judgement login(const std::string& password, Told told, std::chrono::milliseconds begun,
                    std::chrono::milliseconds ended, bool for_staff = false) const
    {
        const Login login{.shown = {.password = password, .for_staff = for_staff},
                          .begun = at(begun),
                          .ended = at(ended),
                          .told = told};
        return judge(login, mona, directory, authd, promise);
    }

    PersonHistory mona{{.password = "old"}};
    Outages directory{5s};
    Outages authd{5s};
};
} // namespace

TEST_CASE("soak: long before and long after a change one verdict is right and the other wrong")
{
    const Campus campus;
    CHECK(campus.login("old", Told::granted, 5s, 6s) == Judgement::right);
    CHECK(campus.login("old", Told::denied, 5s, 6s) == Judgement::wrong);
    CHECK(campus.login("new", Told::granted, 5s, 6s) == Judgement::wrong);
    CHECK(campus.login("old", Told::granted, 20s, 21s) == Judgement::wrong);
    CHECK(campus.login("old", Told::denied, 20s, 21s) == Judgement::right);
    CHECK(campus.login("new", Told::denied, 20s, 21s) == Judgement::wrong);
    CHECK(campus.login("never", Told::granted, 20s, 21s) == Judgement::wrong);
}

TEST_CASE("soak: around a change both verdicts are right, and no longer than promised")
{
    const Campus campus;
    CHECK(campus.login("new", Told::granted, 9900ms, 9999ms) == Judgement::wrong); // before the command was given
    CHECK(campus.login("new", Told::granted, 9900ms, 10s) == Judgement::right);
    CHECK(campus.login("old", Told::denied, 9900ms, 10s) == Judgement::right);
    CHECK(campus.login("old", Told::granted, 13s, 14s) == Judgement::right); // 2 s after its end at the latest
    CHECK(campus.login("old", Told::granted, 13001ms, 14s) == Judgement::wrong);
    CHECK(campus.login("new", Told::denied, 13001ms, 14s) == Judgement::wrong);
}

TEST_CASE("soak: while a command runs, what was and what will be are both right")
{
    Campus campus;
    PersonState state = campus.mona.last();
    state.disabled = true;
    campus.mona.begin(state, at(30s)); // and no end yet
    CHECK(campus.login("new", Told::granted, 60s, 61s) == Judgement::right);
    CHECK(campus.login("new", Told::denied, 60s, 61s) == Judgement::right);
    CHECK(campus.login("old", Told::granted, 60s, 61s) == Judgement::wrong);
}

TEST_CASE("soak: each thing that refuses somebody refuses")
{
    const Shown shown{.password = "right"};
    const PersonState sound{.password = "right"};
    CHECK(verdict_of(sound, shown) == Told::granted);
    const auto with = [&](bool PersonState::* member, bool value) {
        PersonState state = sound;
        state.*member = value;
        return state;
    };
    CHECK(verdict_of(with(&PersonState::exists, false), shown) == Told::denied);
    CHECK(verdict_of(with(&PersonState::in_scope, false), shown) == Told::denied);
    CHECK(verdict_of(with(&PersonState::disabled, true), shown) == Told::denied);
    CHECK(verdict_of(with(&PersonState::locked, true), shown) == Told::denied);
    CHECK(verdict_of(sound, {.password = "right", .for_staff = true}) == Told::denied);
    CHECK(verdict_of(with(&PersonState::staff, true), {.password = "right", .for_staff = true}) == Told::granted);
}

TEST_CASE("soak: unavailable is excused by an outage and the time after it, and else to be explained")
{
    Campus campus;
    CHECK(campus.login("old", Told::unavailable, 1s, 2s) == Judgement::put_off);
    campus.authd.begin(at(100s));
    CHECK(campus.login("new", Told::unavailable, 200s, 201s) == Judgement::put_off_by_outage);
    campus.authd.end(at(110s));
    CHECK(campus.login("new", Told::unavailable, 98s, 99s) == Judgement::put_off);
    CHECK(campus.login("new", Told::unavailable, 99s, 100s) == Judgement::put_off_by_outage);
    CHECK(campus.login("new", Told::unavailable, 115s, 116s) == Judgement::put_off_by_outage);
    CHECK(campus.login("new", Told::unavailable, 115001ms, 116s) == Judgement::put_off);
    CHECK(campus.login("old", Told::granted, 105s, 106s) == Judgement::wrong); // no excuse for another verdict
}

TEST_CASE("soak: what held when the directory went away may be answered until it has settled")
{
    Campus campus;
    campus.directory.begin(at(12s));
    campus.directory.end(at(30s));
    CHECK(campus.login("old", Told::granted, 29s, 30s) == Judgement::right);
    CHECK(campus.login("old", Told::granted, 37s, 38s) == Judgement::right); // settled at 35 s, promised 2 s after
    CHECK(campus.login("old", Told::granted, 37001ms, 38s) == Judgement::wrong);
    CHECK(campus.login("never", Told::granted, 29s, 30s) == Judgement::wrong);
    SECTION("one more before that")
    {
        campus.directory.begin(at(36s));
        CHECK(campus.login("old", Told::granted, 60s, 61s) == Judgement::right);
    }
    SECTION("one more after that")
    {
        campus.directory.begin(at(50s));
        CHECK(campus.login("old", Told::granted, 60s, 61s) == Judgement::wrong);
        CHECK(campus.login("new", Told::granted, 60s, 61s) == Judgement::right);
    }
}

TEST_CASE("soak: old passwords are the newest first, each once, and not the one that is right again")
{
    PersonHistory mona({.password = "one"});
    for (const char* const password : {"two", "three", "two", "four", "one"}) {
        mona.begin({.password = password}, at(10s));
        mona.end(at(10s));
    }
    CHECK(mona.old_passwords() == std::vector<std::string>{"four", "two", "three"});
}

TEST_CASE("soak: a history refuses what cannot have been")
{
    Campus campus;
    CHECK_THROWS_AS(campus.mona.begin({}, at(9s)), std::logic_error);
    CHECK_THROWS_AS(PersonHistory({}).end(at(9s)), std::logic_error);
}

} // namespace gatehouse::soak
