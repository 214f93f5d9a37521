#include "support/sasl_damage.hpp"

#include "support/dovecot_client.hpp"
#include "support/lab.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <iostream>
#include <optional>
#include <random>
#include <stdexcept>

namespace gatehouse::integration
{

namespace
{
enum class Damage { cut, changed, longer, emptied, noise };
constexpr std::array damages{Damage::cut, Damage::changed, Damage::longer, Damage::emptied, Damage::noise};
constexpr int rounds = 4;
constexpr int most_messages = 10;

std::string noise(std::mt19937& random)
{
    std::string bytes(1 + random() % 300, '\0');
    for (char& byte : bytes)
        byte = static_cast<char>(random());
    return bytes;
}

std::string damaged(std::string message, Damage damage, std::mt19937& random)
{
    switch (damage) {
    case Damage::emptied: return {};
    case Damage::noise: return noise(random);
    case Damage::longer: return message + noise(random);
    case Damage::cut: message.resize(message.empty() ? 0 : random() % message.size()); break;
    case Damage::changed:
        if (!message.empty()) {
            char& byte = message[random() % message.size()];
            byte = static_cast<char>(byte ^ (1 << random() % 8));
        }
        break;
    }
    return message;
}

/// A message in place of the client's, at one step.
struct Spoiling {
    int step = 0;
    Damage damage = Damage::cut;
};

struct Played {
    std::optional<wire::DovecotOutcome> outcome; ///< none: the client gave up
    int messages = 0;
    bool spoilt = false; ///< the step came, and what was sent there differs
};

Played play(DovecotClient& door, SaslClient client, const std::optional<Spoiling>& spoiling, std::mt19937& random)
{
    static std::atomic<std::uint32_t> ids{0};
    const std::uint32_t id = ++ids;
    Played played;
    const auto next = [&](const std::string& challenge) {
        std::string message = client.answer(challenge);
        if (spoiling && played.messages == spoiling->step) {
            std::string other = damaged(message, spoiling->damage, random);
            played.spoilt = other != message;
            message = std::move(other);
        }
        ++played.messages;
        return message;
    };
    wire::DovecotAuthBegin begin{.id = id,
                                 .mechanism = client.mechanism,
                                 .service = "imap",
                                 .certificate_name = client.certificate_name,
                                 .valid_client_certificate = !client.certificate_name.empty()};
    begin.response = secret(next({}));
    begin.final_response = true;
    door.begin(std::move(begin));
    while (played.messages < most_messages) {
        auto line = door.read();
        if (auto* outcome = std::get_if<wire::DovecotOutcome>(&line)) {
            played.outcome = std::move(*outcome);
            return played;
        }
        try {
            door.proceed(id, next(std::get<wire::DovecotChallenge>(line).challenge));
        } catch (const std::runtime_error&) { // the client's library sees that something is wrong
            door.send(wire::encode_dovecot_cancel(id));
            return played;
        }
    }
    FAIL("the exchange does not end");
    return played;
}
} // namespace

void check_damage_at_each_step(const Place& place, const std::string& person,
                               const std::function<SaslClient()>& new_client, const std::function<void()>& settle)
{
    DovecotClient door(place);
    std::mt19937 random(20260101);
    const auto granted = [&](const Played& played) { return played.outcome && played.outcome->ok; };
    const Played whole = play(door, new_client(), {}, random);
    REQUIRE(granted(whole));
    int refused = 0;
    int as_good = 0;
    for (int step = 0; step < whole.messages; ++step)
        for (const Damage damage : damages)
            for (int round = 0; round < rounds; ++round) {
                const Played played = play(door, new_client(), Spoiling{step, damage}, random);
                ++(granted(played) ? as_good : refused);
                if (!granted(played) || !played.spoilt)
                    continue;
                INFO("step " << step << ", damage " << static_cast<int>(damage));
                CHECK(played.outcome->value("user") == person);
                CHECK(damage != Damage::noise);
            }
    settle();
    CHECK(granted(play(door, new_client(), {}, random)));
    std::cout << new_client().mechanism << ": " << whole.messages << " messages, " << refused
              << " damaged exchanges refused, " << as_good << " as good as before\n";
}

} // namespace gatehouse::integration
