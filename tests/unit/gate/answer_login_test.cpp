// Answers to challenges (NTLM): who may have one judged, what it costs, and whose it must be.
#include "gate_fixture.hpp"

using namespace gatehouse;

namespace
{
const std::string alices_sid = "S-1-5-21-1-2-3-1104";

/// What winbind would say, and how often it was asked.
class ScriptedAnswer : public ChallengeAnswer
{
public:
    explicit ScriptedAnswer(Judged judged) : judged_(std::move(judged)) {}
    Awaitable<Judged> judge(Deadline) override
    {
        ++asked;
        co_return judged_;
    }
    int asked = 0;

private:
    Judged judged_;
};

struct Fixture : GateFixture {
    Fixture()
    {
        campus->kind_of = "active-directory";
        Person alice;
        alice.id = "alice's id";
        campus->add("alice", alice);
        campus->add("sid:" + alices_sid, alice);
        Person bob;
        bob.id = "bob's id";
        campus->add("bob", bob);
    }

    Verdict answer(const std::string& login, ChallengeAnswer::Judged judged)
    {
        const auto scripted = std::make_shared<ScriptedAnswer>(std::move(judged));
        Verdict verdict = run({.service = "imap",
                               .mechanism = "NTLM",
                               .credential = AnswerCredential{.login = login, .authzid = {}, .answer = scripted}});
        asked += scripted->asked;
        return verdict;
    }

    static ChallengeAnswer::Judged right() { return {.reason = Reason::granted, .why = {}, .sid = alices_sid}; }
    static ChallengeAnswer::Judged wrong() { return {.reason = Reason::wrong_password}; }

    int asked = 0;
};
} // namespace

TEST_CASE_METHOD(Fixture, "a right answer is a login of whom winbind names by SID", "[unit]")
{
    REQUIRE(answer("CAMPUS\\alice", right()).granted());
    REQUIRE(answer("alice@campus.example", right()).granted());
    REQUIRE(asked == 2);
    REQUIRE(campus->checks == 0);
}

TEST_CASE_METHOD(Fixture, "an answer that claims to be somebody else is a wrong one, and clears nobody's count",
                 "[unit]")
{
    campus->threshold = 5;
    for (int i = 0; i < 2; ++i)
        REQUIRE(answer("CAMPUS\\bob", wrong()).reason() == Reason::wrong_password);
    const Verdict verdict = answer("CAMPUS\\bob", right());
    REQUIRE(verdict.reason() == Reason::wrong_password);
    REQUIRE(verdict.person()->name == "bob");
    REQUIRE(answer("CAMPUS\\bob", wrong()).reason() == Reason::wrong_password);
    REQUIRE(answer("CAMPUS\\bob", wrong()).reason() == Reason::lockout_budget);
}

TEST_CASE_METHOD(Fixture, "nobody whom the directory does not know, and nobody of another directory, is judged",
                 "[unit]")
{
    REQUIRE(answer("CAMPUS\\nobody", right()).reason() == Reason::unknown_person);
    lab->add("alice");
    REQUIRE(answer("LAB\\alice", right()).reason() == Reason::unknown_person);
    REQUIRE(answer("", right()).reason() == Reason::malformed_name);
    REQUIRE(asked == 0);
}

TEST_CASE_METHOD(Fixture, "a name that winbind could take for somebody else is not judged", "[unit]")
{
    rules->names[0].kerberos_realm = "AD.CAMPUS.EXAMPLE";
    rules->names[0].mail_domains = {"mail.example"};
    REQUIRE(answer("ELSEWHERE\\alice", right()).reason() == Reason::unknown_realm);
    REQUIRE(answer("campus.example\\alice", right()).reason() == Reason::unknown_realm);
    REQUIRE(answer("alice@mail.example", right()).reason() == Reason::unknown_realm);
    REQUIRE(asked == 0);
    REQUIRE(answer("ad.campus.example\\alice", right()).granted());
    REQUIRE(answer("alice", right()).granted()); // of the only domain
    lab->kind_of = "active-directory";
    REQUIRE(answer("alice", right()).reason() == Reason::unknown_realm);
}

TEST_CASE_METHOD(Fixture, "a wrong answer names its person in the audit line and tells nothing of the account",
                 "[unit]")
{
    campus->people["alice"].state.disabled = true;
    const Verdict verdict = answer("CAMPUS\\alice", wrong());
    REQUIRE(verdict.reason() == Reason::wrong_password);
    REQUIRE(verdict.person()->name == "alice");
}

TEST_CASE_METHOD(Fixture, "what a directory refuses of an account that cannot log in is not counted", "[unit]")
{
    campus->threshold = 5;
    AccountState& state = campus->people["alice"].state;
    state.locked = true;
    for (int i = 0; i < 20; ++i)
        REQUIRE(answer("CAMPUS\\alice", wrong()).reason() == Reason::wrong_password);
    SECTION("a lock that may have ended")
    {
        state.lock_may_have_ended = true;
    }
    SECTION("a lock that has ended")
    {
        state.locked_until = std::chrono::system_clock::now() - std::chrono::seconds(1);
    }
    for (int i = 0; i < 3; ++i)
        REQUIRE(answer("CAMPUS\\alice", wrong()).reason() == Reason::wrong_password);
    REQUIRE(answer("CAMPUS\\alice", wrong()).reason() == Reason::lockout_budget);
}

TEST_CASE_METHOD(Fixture, "a right answer is that of an account whose lock has ended, whatever the mirror says",
                 "[unit]")
{
    for (const char* key : {"alice", "sid:S-1-5-21-1-2-3-1104"}) {
        campus->people[key].state.locked = true;
        campus->people[key].state.lock_may_have_ended = true;
    }
    REQUIRE(answer("CAMPUS\\alice", right()).granted());
}

TEST_CASE_METHOD(Fixture, "answers are judged within the budget of wrong passwords, and no further", "[unit]")
{
    campus->threshold = 5;
    int judged = 0;
    for (int i = 0; i < 20; ++i) {
        const Verdict verdict = answer("CAMPUS\\alice", wrong());
        const bool put_off = verdict.reason() == Reason::lockout_budget;
        REQUIRE((put_off || verdict.reason() == Reason::wrong_password));
        judged += !put_off;
    }
    REQUIRE(judged == asked);
    REQUIRE(judged == 3);
    REQUIRE(answer("CAMPUS\\alice", right()).reason() == Reason::lockout_budget);
}

TEST_CASE_METHOD(Fixture, "an outage is no wrong answer and costs nothing", "[unit]")
{
    campus->threshold = 5;
    for (int i = 0; i < 20; ++i)
        REQUIRE(answer("CAMPUS\\alice", {.reason = Reason::directory_unavailable}).unavailable());
    REQUIRE(answer("CAMPUS\\alice", right()).granted());
}

TEST_CASE_METHOD(Fixture, "an answer that was left behind may still be judged, and takes its place in the budget",
                 "[unit]")
{
    campus->threshold = 5;
    for (int i = 0; i < 3; ++i)
        REQUIRE(answer("CAMPUS\\alice", {.reason = Reason::deadline, .may_count = true}).reason() == Reason::deadline);
    REQUIRE(answer("CAMPUS\\alice", wrong()).reason() == Reason::lockout_budget);
    REQUIRE(answer("CAMPUS\\bob", {.reason = Reason::deadline}).reason() == Reason::deadline);
    REQUIRE(answer("CAMPUS\\bob", wrong()).reason() == Reason::wrong_password);
}
