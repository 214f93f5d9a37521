// NTLM as a state machine, raw and inside of SPNEGO; real contexts are in tests/integration/tickets_ntlm.cpp.
#include "sasl/gss_spnego.hpp"
#include "sasl/ntlm.hpp"
#include "steps.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <future>
#include <memory>
#include <string>

using namespace gatehouse;
using namespace std::chrono_literals;

namespace
{
std::string message(char type, const std::string& rest)
{
    return std::string("NTLMSSP\0", 8) + type + std::string(3, '\0') + rest;
}

const std::string first = message(1, std::string(20, '\0'));
const std::string challenge_message = message(2, std::string(8, '\0') + std::string("\x02\x82\0\0", 4)); // no Unicode

/// An answer of CAMPUS\alice.
std::string answer()
{
    std::string rest(16, '\0');
    rest += std::string("\6\0\6\0\x40\0\0\0", 8) + std::string("\5\0\5\0\x46\0\0\0", 8);
    rest.resize(52, '\0');
    return message(3, rest + "CAMPUSalice");
}

/// Sends a challenge, then says of the answer what it was told to.
class WinbindContext : public GssContext
{
public:
    explicit WinbindContext(Step judged) : judged_(std::move(judged)) {}
    Step step(std::string_view token) override
    {
        return token.contains(std::string_view("NTLMSSP\0\3", 9)) ? judged_ : Step(Going{challenge_message});
    }
    Result<std::string> wrap(std::string_view) override { return invalid("NTLM wraps nothing here"); }
    Result<std::string> unwrap(std::string_view) override { return invalid("NTLM wraps nothing here"); }

private:
    Step judged_;
};

class WinbindAcceptor : public GssAcceptor
{
public:
    explicit WinbindAcceptor(GssContext::Step judged) : judged_(std::move(judged)) {}
    std::unique_ptr<GssContext> begin(GssOffer) override { return std::make_unique<WinbindContext>(judged_); }

private:
    GssContext::Step judged_;
};

/// An exchange of a listener that offers NTLM.
struct Begun {
    explicit Begun(const Mechanism& mechanism, GssContext::Step judged = GssContext::Going{})
        : exchange(mechanism.begin(
              {.gss = std::make_shared<WinbindAcceptor>(std::move(judged)), .blocking = &pool, .ntlm = true}, {}))
    {
    }

    ChallengeAnswer::Judged judge(const AnswerCredential& credential)
    {
        boost::asio::io_context context{1};
        auto judged =
            boost::asio::co_spawn(context, credential.answer->judge(Clock::now() + 5s), boost::asio::use_future);
        context.run();
        return judged.get();
    }

    BlockingPool pool{"calls of a test", 1, 1};
    std::unique_ptr<Exchange> exchange;
};

const AnswerCredential& credential_of(const Exchange::Step& step)
{
    return std::get<AnswerCredential>(std::get<Exchange::Shown>(step).credential);
}
} // namespace

TEST_CASE("NTLM: the answer is shown with whom it claims to be, and judged only when that is asked for", "[unit]")
{
    for (const Mechanism* mechanism : {&sasl::ntlm, &sasl::gss_spnego}) {
        Begun begun(*mechanism,
                    GssContext::Established{.token = "last", .client = NtlmPerson{"CAMPUS\\alice", "S-1-5"}});
        REQUIRE(challenge(say(*begun.exchange, first)) == challenge_message);
        const auto step = say(*begun.exchange, answer());
        REQUIRE(credential_of(step).login == "CAMPUS\\alice");
        REQUIRE(is_broken(say(*begun.exchange, answer())));
        const auto judged = begun.judge(credential_of(step));
        REQUIRE(judged.reason == Reason::granted);
        REQUIRE(judged.sid == "S-1-5");
        REQUIRE(judged.last == "last");
    }
}

TEST_CASE("NTLM: a refusal keeps its reason, and an end that does not fit is none", "[unit]")
{
    const auto judged_as = [](GssContext::Step what) {
        Begun begun(sasl::ntlm, std::move(what));
        say(*begun.exchange, first);
        return begun.judge(credential_of(say(*begun.exchange, answer()))).reason;
    };
    REQUIRE(judged_as(GssContext::Failed{.reason = Reason::wrong_password, .why = {}}) == Reason::wrong_password);
    REQUIRE(judged_as(GssContext::Failed{.reason = Reason::directory_unavailable, .why = {}}) ==
            Reason::directory_unavailable);
    REQUIRE(judged_as(GssContext::Going{"more"}) == Reason::malformed_credential);
    REQUIRE(judged_as(GssContext::Established{.token = {}, .client = TicketCredential{}}) == Reason::internal);
}

TEST_CASE("NTLM: messages out of turn, cut, doubled or foreign are refused without a call", "[unit]")
{
    for (const std::string& wrong : {answer(), challenge_message, std::string(), std::string("token"), first + first}) {
        Begun begun(sasl::ntlm);
        REQUIRE(is_broken(say(*begun.exchange, wrong)));
    }
    const std::string whole = answer();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        Begun begun(sasl::ntlm);
        say(*begun.exchange, first);
        REQUIRE(is_broken(say(*begun.exchange, whole.substr(0, size))));
    }
}

TEST_CASE("NTLM: only what may reach winbind is run where it may block", "[unit]")
{
    Begun raw(sasl::ntlm);
    REQUIRE(raw.exchange->runs(first) == Runs::blocks);
    REQUIRE(raw.exchange->runs(answer()) == Runs::here);
    Begun spnego(sasl::gss_spnego);
    REQUIRE(spnego.exchange->runs(first) == Runs::blocks);
    const std::string kerberos_first("\x60\x27\x06\x06\x2b\x06\x01\x05\x05\x02\xa0\x1d\x30\x1b\xa0\x19\x30\x17\x06\x09"
                                     "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x02"
                                     "\x0a",
                                     41);
    REQUIRE(spnego.exchange->runs(kerberos_first) == Runs::here);
    REQUIRE(spnego.exchange->runs("a list without Kerberos, \x2a\x86\x48\x86\xf7\x12\x01\x02\x02") == Runs::blocks);
}
