// SPNEGO whose list of mechanisms somebody on the way has changed (RFC 4178, section 5): nothing weaker than Kerberos
// can be reached, and what changes the choice must be under the client's own signature.
#include "tickets_lab.hpp"

#include <catch2/catch.hpp>

#include <string_view>

namespace gatehouse::integration
{

namespace
{
using Bytes = std::string;

// Object identifiers with their tag.
const Bytes spnego("\x06\x06\x2b\x06\x01\x05\x05\x02", 8);
const Bytes kerberos("\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02", 11);
const Bytes ntlm("\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a", 12);
const Bytes unknown("\x06\x09\x2b\x06\x01\x04\x01\x86\x8d\x1f\x01", 11);

const Bytes ntlm_negotiate("NTLMSSP\0\x01\0\0\0\x07\x82\x08\xa2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32);

/// DER: tag, length, content.
Bytes der(char tag, const Bytes& content)
{
    Bytes length;
    if (content.size() < 128)
        length = static_cast<char>(content.size());
    else
        length = {'\x82', static_cast<char>(content.size() >> 8), static_cast<char>(content.size() & 0xff)};
    return tag + length + content;
}

/// MechTypeList.
Bytes list_of(const std::vector<Bytes>& mechanisms)
{
    Bytes all;
    for (const Bytes& mechanism : mechanisms)
        all += mechanism;
    return der('\x30', all);
}

/// Section 4.2.1.
Bytes first(const Bytes& list, const Bytes& token, const Bytes& mic = {})
{
    Bytes fields = der('\xa0', list);
    if (!token.empty())
        fields += der('\xa2', der('\x04', token));
    if (!mic.empty())
        fields += der('\xa3', der('\x04', mic));
    return der('\x60', spnego + der('\xa0', der('\x30', fields)));
}

/// Section 4.2.2, from the client.
Bytes next(const Bytes& token, const Bytes& mic = {})
{
    Bytes fields;
    if (!token.empty())
        fields += der('\xa2', der('\x04', token));
    if (!mic.empty())
        fields += der('\xa3', der('\x04', mic));
    return der('\xa1', der('\x30', fields));
}

/// Alice's client, and the door that it talks to, which does not offer NTLM.
struct Talk {
    Talk() : ticket("alice"), door(Lab::current().socket("dovecot/run/auth-client"))
    {
        use_configuration_of(ticket);
        client.emplace("imap@localhost", ticket.cache(), GssClient::Wishes{.mutual = false});
        token = client->step({});
    }

    /// Refused, and audited as that.
    void require_refused(const std::vector<Bytes>& messages)
    {
        const auto audit = Lab::current().audit();
        CHECK_FALSE(exchange_of(door, "GSS-SPNEGO", messages).ok());
        const auto lines = audit.lines();
        REQUIRE(lines.size() == 1);
        INFO(lines[0].text());
        CHECK(lines[0]["verdict"] == "denied");
    }
    /// Granted to alice by Kerberos.
    void require_granted(const std::vector<Bytes>& messages)
    {
        const auto audit = Lab::current().audit();
        const Exchanged exchanged = exchange_of(door, "GSS-SPNEGO", messages);
        const auto lines = audit.lines();
        REQUIRE(lines.size() == 1);
        INFO(lines[0].text());
        CHECK(exchanged.ok());
        CHECK(exchanged.outcome.value("user") == "alice");
        CHECK(lines[0]["login"].starts_with("alice@"));
    }

    PersonsTicket ticket;
    DovecotClient door;
    std::optional<GssClient> client;
    Bytes token; ///< Kerberos's own first, which serves once
};
} // namespace

TEST_CASE("tickets, downgrade: where Kerberos is not in the list nothing can be reached",
          "[openldap][active-directory]")
{
    Talk talk;
    for (const auto& list : {list_of({ntlm}), list_of({unknown}), list_of({ntlm, unknown}), list_of({})})
        for (const Bytes& token : {ntlm_negotiate, talk.token, Bytes()})
            talk.require_refused({first(list, token), next(talk.token)});
    Talk other;
    other.require_granted({first(list_of({kerberos}), other.token)});
}

TEST_CASE("tickets, downgrade: where another mechanism stands first, Kerberos needs the client's signature of the list",
          "[openldap][active-directory]")
{
    for (const auto& [weaker, its_token] : {std::pair{ntlm, ntlm_negotiate}, std::pair{unknown, Bytes("optimistic")}}) {
        const Bytes changed = list_of({weaker, kerberos});
        const Bytes opening = first(changed, its_token);
        Talk talk;
        Talk other;
        SECTION("signed as it came: it is the client's own wish")
        {
            talk.require_granted({opening, next(talk.token, talk.client->sign(changed))});
        }
        SECTION("signed too late: the signature goes with the client's last token")
        {
            talk.require_refused({opening, next(talk.token), next({}, talk.client->sign(changed))});
        }
        SECTION("the client has signed another list")
        {
            talk.require_refused({opening, next(talk.token, talk.client->sign(list_of({kerberos, weaker})))});
        }
        SECTION("no signature, and then nothing more")
        {
            talk.require_refused({opening, next(talk.token), next({})});
        }
        SECTION("a made-up signature")
        {
            talk.require_refused({opening, next(talk.token, Bytes(28, 'x'))});
        }
        SECTION("the signature of another context")
        {
            talk.require_refused({opening, next(talk.token, other.client->sign(changed))});
        }
    }
}

TEST_CASE(
    "tickets, downgrade: a list that was changed behind Kerberos changes nothing, and a wrong signature is refused",
    "[openldap][active-directory]")
{
    { // Kerberos is the client's and our first choice: the signature may be left out (section 5)
        Talk talk;
        talk.require_granted({first(list_of({kerberos, ntlm}), talk.token)});
    }
    Talk talk;
    talk.require_refused({first(list_of({kerberos, ntlm}), talk.token, Bytes(28, 'x')), next({}, Bytes(28, 'x'))});
}

TEST_CASE("tickets, attack: a message that one mechanism has taken is a replay in the other",
          "[openldap][active-directory]")
{
    Talk talk;
    talk.require_granted({first(list_of({kerberos}), talk.token)});
    const auto audit = Lab::current().audit();
    const auto repeated = one_message(talk.door, "GSSAPI", talk.token);
    REQUIRE(repeated.has_value());
    CHECK_FALSE(repeated->ok);
    const auto lines = audit.lines();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0]["reason"] == "ticket-refused");
    CHECK_THAT(lines[0]["detail"], Catch::Contains("a replay"));
    CHECK(lines[0]["login"].starts_with("alice@"));

    Talk other;
    REQUIRE_FALSE(
        one_message(other.door, "GSSAPI", other.token).has_value()); // the context stands; nobody has logged in
    other.require_refused({first(list_of({kerberos}), other.token)});
}

} // namespace gatehouse::integration
