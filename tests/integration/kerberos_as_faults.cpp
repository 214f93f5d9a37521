// KDCs that are mute, full, gone or none.
#include "kerberos_as_asking.hpp"
#include "kerberos_as_relay.hpp"
#include "support/eventually.hpp"

#include <catch2/catch.hpp>

#include <signal.h>

#include <fstream>
#include <iostream>
#include <sstream>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
const std::string& alices_password()
{
    return Lab::current().person("alice").password;
}

kerberos::AsSettings at(const std::vector<std::string>& kdcs)
{
    kerberos::AsSettings settings = mit_settings();
    settings.kdcs = kdcs;
    return settings;
}

std::string real_kdc()
{
    return mit_settings().kdcs.front();
}

/// How often the MIT KDC has said that a password was wrong.
int refusals_logged()
{
    std::ifstream log(Lab::current().show("mit-kdc").at("log"));
    int count = 0;
    for (std::string line; std::getline(log, line);)
        count += line.find(": PREAUTH_FAILED: alice@") != std::string::npos ? 1 : 0;
    return count;
}
} // namespace

TEST_CASE("kerberos: a mute KDC is an outage by the login's deadline, or by the realm's timeout", "[kerberos]")
{
    const Relay mute({Relay::Act::stay_mute});
    kerberos::AsSettings settings = at({mute.place()});
    Asking patient(settings);
    const auto by_deadline = patient.about("alice", alices_password(), 700ms);
    INFO(by_deadline.answer.detail);
    CHECK(by_deadline.answer.reason == Reason::deadline);
    CHECK(by_deadline.took < 1500ms);
    CHECK(by_deadline.answer.detail.find(mute.place()) != std::string::npos);

    settings.timeout = 700ms;
    Asking impatient(settings);
    const auto by_timeout = impatient.about("alice", alices_password(), 20s);
    CHECK(by_timeout.answer.reason == Reason::directory_unavailable);
    CHECK(by_timeout.took < 1500ms);
}

TEST_CASE("kerberos: a KDC that takes no connections is an outage by the deadline", "[kerberos]")
{
    const Relay full({}, Relay::Kind::full);
    Asking asking(at({full.place()}));
    const auto told = asking.about("alice", alices_password(), 700ms);
    INFO(told.answer.detail);
    CHECK(told.answer.reason == Reason::deadline);
    CHECK(told.took < 1500ms);
}

TEST_CASE("kerberos: a mute KDC holds no thread, and no more logins than it may", "[kerberos]")
{
    const Relay mute({Relay::Act::stay_mute});
    kerberos::AsSettings settings = at({mute.place()});
    settings.at_once = 3;
    Asking asking(settings);
    const std::vector<Person> people(10, nobody_in_particular("alice"));
    const auto all = asking.about_all(people, alices_password(), 1000ms);
    int overloaded = 0;
    for (const auto& told : all) {
        CHECK(is_outage(told.answer.reason));
        CHECK(told.took < 2000ms);
        overloaded += told.answer.reason == Reason::overloaded ? 1 : 0;
    }
    CHECK(overloaded >= 4); // three wait at the KDC, the next three get their places when it is too late
    CHECK(mute.connections() <= 6);
    CHECK(asking.threads_taken() == 0);
}

TEST_CASE("kerberos: beside a mute KDC the next one is asked; later logins go there at once", "[kerberos]")
{
    const Relay mute({Relay::Act::stay_mute});
    Asking asking(at({mute.place(), real_kdc()}));
    const auto first = asking.about("alice", alices_password());
    CHECK(first.answer.reason == Reason::granted);
    CHECK(first.took < 3000ms);
    CHECK(first.trail.server == real_kdc());
    const auto second = asking.about("alice", alices_password());
    CHECK(second.answer.reason == Reason::granted);
    std::cout << "kerberos: " << first.took.count() << " ms past a mute KDC, then " << second.took.count() << " ms\n";
    const auto health = asking.check().health();
    REQUIRE(health.size() == 2);
    CHECK_FALSE(health[0].usable);
    CHECK(health[1].usable);
}

TEST_CASE("kerberos: a KDC that stops is an outage at once, and is used again when it is back", "[kerberos]")
{
    const Lab& lab = Lab::current();
    Asking asking(mit_settings());
    REQUIRE(asking.about("alice", alices_password()).answer.reason == Reason::granted);
    lab.must("mit-kdc", {"down"});
    for (const std::string& password : {alices_password(), std::string("wrong")}) {
        const auto told = asking.about("alice", password);
        INFO(told.answer.detail);
        CHECK(told.answer.reason == Reason::directory_unavailable);
        CHECK(told.took < 1000ms);
    }
    lab.must("mit-kdc", {"up"});
    CHECK(asking.about("alice", alices_password()).answer.reason == Reason::granted);
}

TEST_CASE("kerberos: a KDC that freezes is an outage, and others go on", "[kerberos]")
{
    const pid_t kdc = std::stoi(Lab::current().show("mit-kdc").at("pid"));
    Asking frozen(mit_settings());
    Asking other(samba_settings());
    ::kill(kdc, SIGSTOP);
    const auto told = frozen.about("alice", alices_password(), 800ms);
    CHECK(other.about("alice", alices_password()).answer.reason == Reason::granted);
    ::kill(kdc, SIGCONT);
    CHECK(told.answer.reason == Reason::deadline);
    CHECK(told.took < 1600ms);
    CHECK(frozen.about("alice", alices_password()).answer.reason == Reason::granted);
}

TEST_CASE("kerberos: what does not speak Kerberos is an outage", "[kerberos]")
{
    for (const Relay::Act act :
         {Relay::Act::close, Relay::Act::babble, Relay::Act::announce_too_much, Relay::Act::answer_rubbish}) {
        const Relay other({act});
        Asking asking(at({other.place()}));
        const auto told = asking.about("alice", alices_password(), 5s);
        INFO(told.answer.detail);
        CHECK(told.answer.reason == Reason::directory_unavailable);
        CHECK(told.took < 4000ms);
    }
}

TEST_CASE("kerberos: a connection that breaks with the answer to the password due is asked about once more",
          "[kerberos]")
{
    const Relay breaks({Relay::Act::pass_on, Relay::Act::close, Relay::Act::close});
    Asking asking(at({breaks.place(), real_kdc()}));
    const auto told = asking.about("alice", alices_password());
    INFO(told.answer.detail);
    CHECK(told.answer.reason == Reason::granted);

    const Relay first({Relay::Act::pass_on, Relay::Act::close});
    const Relay second({Relay::Act::close});
    Asking twice(at({first.place(), second.place(), real_kdc()}));
    const int before = refusals_logged();
    CHECK(twice.about("alice", "wrong").answer.reason == Reason::directory_unavailable);
    CHECK(refusals_logged() == before);
}

TEST_CASE("kerberos: silence after the password is never answered by a second attempt", "[kerberos]")
{
    const Relay swallows({Relay::Act::pass_on, Relay::Act::pass_on_and_stay_mute});
    Asking asking(at({swallows.place(), real_kdc()}));
    const int before = refusals_logged();
    const auto told = asking.about("alice", "wrong", 2500ms);
    CHECK(told.answer.reason == Reason::deadline);
    CHECK(refusals_logged() == before + 1);
}

TEST_CASE("kerberos: one wrong password is one refusal at the KDC, with two KDCs listed", "[kerberos]")
{
    Asking asking(at({real_kdc(), real_kdc()}));
    const int before = refusals_logged();
    CHECK(asking.about("alice", "wrong").answer.reason == Reason::wrong_password);
    CHECK(refusals_logged() == before + 1);
}

TEST_CASE("kerberos: names that no name server knows are an outage", "[kerberos]")
{
    Asking asking(at({"kdc.invalid"}));
    const auto told = asking.about("alice", alices_password(), 5s);
    INFO(told.answer.detail);
    CHECK(is_outage(told.answer.reason));
    CHECK(told.took < 6000ms);
}

TEST_CASE("kerberos: many at once are all answered", "[kerberos]")
{
    kerberos::AsSettings settings = mit_settings();
    settings.timeout = 60s; // a sanitizer takes a second for each
    Asking asking(settings);
    const std::vector<Person> people(30, nobody_in_particular("alice"));
    const auto took = time_of([&] {
        for (const auto& told : asking.about_all(people, alices_password(), 60s)) {
            INFO(told.answer.detail);
            CHECK(told.answer.reason == Reason::granted);
        }
    });
    std::cout << "kerberos: 30 logins at once in " << took.count() << " ms\n";
}

} // namespace gatehouse::integration
