// Damage at each step of the mechanisms that show a password or a certificate, at the Dovecot door.
#include "support/lab.hpp"
#include "support/mail_clients.hpp"
#include "support/sasl_damage.hpp"

#include "../unit/sasl/scram_client.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <stdexcept>

namespace gatehouse::integration
{

namespace
{
const std::string person = "paula"; // whom no other test of this lab needs within her budget

const std::string& password()
{
    return Lab::current().person(person).password;
}

SaslClient plain()
{
    return {.mechanism = "PLAIN",
            .answer = [](const std::string&) { return std::string(1, '\0') + person + '\0' + password(); }};
}

SaslClient login()
{
    return {.mechanism = "LOGIN", .answer = [](const std::string& challenge) {
                return challenge.starts_with("Password") ? password() : person;
            }};
}

SaslClient external()
{
    return {.mechanism = "EXTERNAL",
            .answer = [](const std::string&) { return std::string(); },
            .certificate_name = person};
}

SaslClient scram(const std::string& mechanism, ScramHash hash)
{
    const auto client = std::make_shared<ScramClient>();
    client->hash = hash;
    client->login = person;
    client->password = password();
    const auto messages = std::make_shared<int>(0);
    return {.mechanism = mechanism, .answer = [client, messages](const std::string& challenge) -> std::string {
                switch ((*messages)++) {
                case 0: return client->first();
                case 1:
                    if (!challenge.starts_with("r=" + client->nonce)) // as RFC 5802 has a client do
                        throw std::runtime_error("the server speaks to another client");
                    return client->final_message(challenge);
                default: return {}; // the server's last word was a challenge
                }
            }};
}

/// What the noise cost of the budget is forgotten.
void clear_shield()
{
    const Output output = Lab::current().authctl({"shield", "clear", person});
    INFO(output.text());
    CHECK(output.ok());
}
} // namespace

TEST_CASE("whatever becomes of a message at whichever step of PLAIN, LOGIN, EXTERNAL and SCRAM lets nobody else in",
          "[local]")
{
    const Place door = Lab::current().socket("dovecot/run/login/login");
    for (const auto& client :
         {std::function<SaslClient()>(plain), std::function<SaslClient()>(login), std::function<SaslClient()>(external),
          std::function<SaslClient()>([] { return scram("SCRAM-SHA-256", ScramHash::sha256); }),
          std::function<SaslClient()>([] { return scram("SCRAM-SHA-1", ScramHash::sha1); })})
        check_damage_at_each_step(door, person, client, clear_shield);
}

} // namespace gatehouse::integration
