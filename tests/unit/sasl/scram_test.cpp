// SCRAM as a state machine, against a client of the tests' own; gsasl plays in tests/integration/scram_test.cpp.
#include "sasl/scram.hpp"
#include "steps.hpp"

#include "identity/login_name.hpp"
#include "scram_client.hpp"

#include <map>
#include <memory>

using namespace gatehouse;

namespace
{
/// People by login name with the password "pencil"; every other name gets the decoy of its length.
class ScriptedVerifiers : public VerifierSource
{
public:
    ScriptedVerifiers()
    {
        Secret password;
        REQUIRE(password.append("pencil"));
        for (const ScramHash hash : {ScramHash::sha1, ScramHash::sha256})
            kept_[hash] = derive_scram_verifier(hash, password, "0123456789abcdef", 4096).value();
    }

    FoundVerifier find_verifier(const LoginName& name, ScramHash hash) const override
    {
        if (name.user == "away")
            return {.verifier = {}, .reason = Reason::directory_unavailable, .why = "people.yaml: gone"};
        FoundVerifier found{.verifier = kept_.at(hash)};
        if (name.user == "user" || name.user == "a,b=c") {
            found.reason = Reason::granted;
            found.realm = "LOCAL";
            found.name = name.user;
        } else if (name.user == "bare") { // a right proof without a verifier of one's own must not count
            found.reason = Reason::wrong_password;
            found.realm = "LOCAL";
            found.name = name.user;
        }
        return found;
    }

private:
    std::map<ScramHash, ScramVerifier> kept_;
};

const std::vector<ChannelBinding> bindings = {{"tls-exporter", "exported-key"}, {"tls-server-end-point", "digest"}};

std::unique_ptr<Exchange> begin(const Mechanism& mechanism, std::vector<ChannelBinding> told = {},
                                std::string realm_hint = {})
{
    static const auto verifiers = std::make_shared<const Verifiers>(std::vector<Verifiers::Realm>{
        {.names = {.realm = "LOCAL", .is_default = true}, .source = std::make_shared<ScriptedVerifiers>()}});
    return mechanism.begin({.verifiers = verifiers},
                           {.realm_hint = std::move(realm_hint), .bindings = std::move(told)});
}

Reason unproved(const Exchange::Step& step)
{
    REQUIRE(std::holds_alternative<Exchange::Unproved>(step));
    REQUIRE(std::get<Exchange::Unproved>(step).login == "user");
    return std::get<Exchange::Unproved>(step).reason;
}

const VerifierCredential& shown(const Exchange::Step& step)
{
    REQUIRE(std::holds_alternative<Exchange::Shown>(step));
    return std::get<VerifierCredential>(std::get<Exchange::Shown>(step).credential);
}

Exchange::Step play(Exchange& exchange, ScramClient& client)
{
    return say(exchange, client.final_message(challenge(say(exchange, client.first()))));
}

/// The message of a client that mixes up its steps, cut after `size` bytes, must not pass.
void require_refused(const Mechanism& mechanism, const ScramClient& client, std::string_view first)
{
    const auto exchange = begin(mechanism, bindings);
    const auto step = say(*exchange, first);
    if (!std::holds_alternative<Exchange::Continue>(step))
        return;
    ScramClient mistaken = client;
    const auto last = say(*exchange, mistaken.final_message(challenge(step)));
    if (std::holds_alternative<Exchange::Shown>(last))
        REQUIRE(shown(last).proof != Reason::granted);
}
} // namespace

TEST_CASE("the client of these tests makes the proofs of RFC 5802 and RFC 7677", "[unit]")
{
    ScramClient sha256;
    REQUIRE(sha256.final_message(
                "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096") ==
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    REQUIRE(sha256.expected() == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    ScramClient sha1{.hash = ScramHash::sha1, .nonce = "fyko+d2lbbFgONRv9qkxdawL"};
    REQUIRE(sha1.final_message("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096") ==
            "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
    REQUIRE(sha1.expected() == "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=");
}

TEST_CASE("a right proof is shown with its person, and the server's signature goes with it", "[unit]")
{
    for (const auto& [mechanism, hash] :
         {std::pair(&sasl::scram_sha256, ScramHash::sha256), std::pair(&sasl::scram_sha1, ScramHash::sha1)}) {
        const auto exchange = begin(*mechanism);
        ScramClient client{.hash = hash};
        const auto step = play(*exchange, client);
        REQUIRE(shown(step).proof == Reason::granted);
        REQUIRE(shown(step).login == "user");
        REQUIRE(shown(step).realm == "LOCAL");
        REQUIRE(shown(step).name == "user");
        REQUIRE(shown(step).authzid.empty());
        REQUIRE(std::get<Exchange::Shown>(step).last == client.expected());
        REQUIRE(is_broken(say(*exchange, client.first())));
    }
}

TEST_CASE("names are decoded, and whom to act for is told", "[unit]")
{
    const auto exchange = begin(sasl::scram_sha256);
    ScramClient client{.login = "a=2Cb=3Dc", .header = "n,a=bo=2Cb,"};
    const auto step = play(*exchange, client);
    REQUIRE(shown(step).login == "a,b=c");
    REQUIRE(shown(step).authzid == "bo,b");
    REQUIRE(shown(step).proof == Reason::granted);
}

TEST_CASE("the realm that the caller means is looked in", "[unit]")
{
    for (const auto& [hint, reason] :
         {std::pair("local", Reason::granted), std::pair("ELSEWHERE", Reason::unknown_person)}) {
        const auto exchange = begin(sasl::scram_sha256, {}, hint);
        ScramClient client;
        REQUIRE(shown(play(*exchange, client)).proof == reason);
    }
}

TEST_CASE("a wrong password, a person without a verifier and nobody go the same way to the end", "[unit]")
{
    for (const auto& [login, password, reason] :
         {std::tuple("user", "wrong", Reason::wrong_password), std::tuple("bare", "pencil", Reason::wrong_password),
          std::tuple("nobody", "pencil", Reason::unknown_person),
          std::tuple("user@nowhere.example", "pencil", Reason::unknown_person)}) {
        const auto exchange = begin(sasl::scram_sha256);
        ScramClient client{.login = login, .password = password};
        const auto step = play(*exchange, client);
        REQUIRE(shown(step).proof == reason);
        REQUIRE(shown(step).login == login);
    }
}

TEST_CASE("the server's nonce is new each time and follows the client's", "[unit]")
{
    const ScramClient client;
    const std::string one = challenge(say(*begin(sasl::scram_sha256), client.first()));
    const std::string other = challenge(say(*begin(sasl::scram_sha256), client.first()));
    REQUIRE(one != other);
    REQUIRE(ScramClient::attribute(one, "r=").starts_with(client.nonce));
    REQUIRE(ScramClient::attribute(one, "r=").size() == client.nonce.size() + 32);
}

TEST_CASE("an answer to another challenge is refused: a proof cannot be used twice", "[unit]")
{
    const auto first = begin(sasl::scram_sha256);
    const auto second = begin(sasl::scram_sha256);
    ScramClient client;
    const std::string answer = client.final_message(challenge(say(*first, client.first())));
    challenge(say(*second, client.first()));
    REQUIRE(is_broken(say(*second, answer)));
    REQUIRE(shown(say(*first, answer)).proof == Reason::granted);
}

TEST_CASE("-PLUS takes a login that is bound to the caller's connection by any type that it told", "[unit]")
{
    for (const auto& [mechanism, hash] :
         {std::pair(&sasl::scram_sha256_plus, ScramHash::sha256), std::pair(&sasl::scram_sha1_plus, ScramHash::sha1)})
        for (const ChannelBinding& binding : bindings) {
            const auto exchange = begin(*mechanism, bindings);
            ScramClient client{.hash = hash, .header = "p=" + binding.type + ",,", .binding = binding.bytes};
            REQUIRE(shown(play(*exchange, client)).proof == Reason::granted);
        }
}

TEST_CASE("-PLUS refuses a login that was made for another connection, and one that is bound to none", "[unit]")
{
    ScramClient carried{.header = "p=tls-exporter,,", .binding = "another-key"};
    REQUIRE(unproved(play(*begin(sasl::scram_sha256_plus, bindings), carried)) == Reason::channel_binding_differs);
    ScramClient empty{.header = "p=tls-exporter,,"};
    REQUIRE(unproved(play(*begin(sasl::scram_sha256_plus, bindings), empty)) == Reason::channel_binding_differs);
    for (const std::string header : {"n,,", "y,,", "p=tls-unique,,", "p=,,"})
        REQUIRE(is_broken(say(*begin(sasl::scram_sha256_plus, bindings), ScramClient{.header = header}.first())));
    REQUIRE(is_broken(say(*begin(sasl::scram_sha256_plus), ScramClient{.header = "p=tls-exporter,,"}.first())));
}

TEST_CASE("a client from whom the offer of channel binding was hidden is refused", "[unit]")
{
    ScramClient deceived{.header = "y,,"};
    REQUIRE(unproved(say(*begin(sasl::scram_sha256, bindings), deceived.first())) == Reason::channel_binding_differs);
    REQUIRE(shown(play(*begin(sasl::scram_sha256), deceived)).proof == Reason::granted); // there was no offer
    ScramClient unable;
    REQUIRE(shown(play(*begin(sasl::scram_sha256, bindings), unable)).proof == Reason::granted);
    const ScramClient mistaken{.header = "p=tls-exporter,,"};
    REQUIRE(is_broken(say(*begin(sasl::scram_sha256, bindings), mistaken.first())));
}

TEST_CASE("optional extensions are passed over, mandatory ones are refused", "[unit]")
{
    ScramClient extended{.more = ",x=some,y=more", .more_in_final = ",z=end"};
    REQUIRE(shown(play(*begin(sasl::scram_sha256), extended)).proof == Reason::granted);
    REQUIRE(is_broken(say(*begin(sasl::scram_sha256), "n,,m=must,n=user,r=abc")));
    REQUIRE(is_broken(say(*begin(sasl::scram_sha256), "n,,n=user,r=abc,no extension")));
}

TEST_CASE("a message cut anywhere, lengthened or changed anywhere lets nobody in", "[unit]")
{
    const ScramClient client{.header = "n,a=bob,"};
    const std::string first = client.first();
    for (std::size_t size = 0; size < first.size(); ++size)
        require_refused(sasl::scram_sha256, client, first.substr(0, size));
    for (std::size_t at = 0; at < first.size(); ++at) {
        std::string changed = first;
        changed[at] ^= 1;
        require_refused(sasl::scram_sha256, client, changed);
    }
    for (std::size_t cut_at = 0;; ++cut_at) {
        const auto exchange = begin(sasl::scram_sha256);
        ScramClient whole = client;
        const std::string last = whole.final_message(challenge(say(*exchange, first)));
        if (cut_at == last.size())
            break;
        REQUIRE(is_broken(say(*exchange, last.substr(0, cut_at))));
        const auto again = begin(sasl::scram_sha256);
        std::string changed = whole.final_message(challenge(say(*again, first)));
        changed[cut_at] ^= 1;
        const auto step = say(*again, changed);
        REQUIRE((is_broken(step) || shown(step).proof == Reason::wrong_password));
    }
}

TEST_CASE("messages that are none are refused with a sentence that repeats nothing of them", "[unit]")
{
    for (const std::string& message :
         {std::string(), std::string("n"), std::string("n,"), std::string("n,,"), std::string("x,,n=user,r=abc"),
          std::string("n,bob,n=user,r=abc"), std::string("n,a=,n=user,r=abc"), std::string("n,a==2D,n=user,r=abc"),
          std::string("n,,n=us=er,r=abc"), std::string("n,,n=user="), std::string("n,,n=user"),
          std::string("n,,n=user,r="), std::string("n,,n=user,r=a b"), std::string("n,,r=abc,n=user"),
          "n,,n=" + std::string(max_login_name + 1, 'a') + ",r=abc",
          "n,a=" + std::string(max_login_name + 1, 'a') + ",n=user,r=abc",
          "n,,n=user,r=" + std::string(sasl::max_scram_nonce + 1, 'a'), std::string(20'000, 'n')}) {
        INFO(message);
        const auto exchange = begin(sasl::scram_sha256);
        const auto step = say(*exchange, message);
        REQUIRE(is_broken(step));
        REQUIRE(std::get<Exchange::Broken>(step).why.find("user") == std::string::npos);
        REQUIRE(is_broken(say(*exchange, ScramClient{}.first())));
    }
}

TEST_CASE("while the verifiers cannot be read nothing can be found out", "[unit]")
{
    const auto step = say(*begin(sasl::scram_sha256), ScramClient{.login = "away"}.first());
    REQUIRE(std::get<Exchange::Unproved>(step).reason == Reason::directory_unavailable);
    const auto nothing = sasl::scram_sha256.begin({}, {});
    REQUIRE(std::get<Exchange::Unproved>(say(*nothing, ScramClient{}.first())).reason == Reason::internal);
}
