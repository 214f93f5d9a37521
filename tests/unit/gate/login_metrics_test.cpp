#include "gate/login_metrics.hpp"

#include <catch2/catch.hpp>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <thread>

using namespace gatehouse;
using namespace std::chrono_literals;
using gate::LoginMetrics;

namespace
{
const Pins at_cyrus{.listener = "cyrus", .door = "saslauthd"};

Attempt attempt_for(std::string service, std::string mechanism = "PLAIN")
{
    return {.service = std::move(service),
            .realm_hint = {},
            .client_address = {},
            .mechanism = std::move(mechanism),
            .peer_uid = 42,
            .credential = PasswordCredential{}};
}

Verdict granted()
{
    return Verdict::granted(Person{.realm = "CAMPUS", .name = "alice"});
}

Trail decided_by(Source source)
{
    Trail trail;
    trail.source = source;
    return trail;
}

std::string page_of(const LoginMetrics& metrics)
{
    return prometheus::TextSerializer().prometheus::Serializer::Serialize(metrics.Collect());
}

auto has_line(const std::string& line)
{
    return Catch::Contains("\n" + line + "\n");
}

std::size_t login_series(const LoginMetrics& metrics)
{
    return metrics.Collect().front().metric.size();
}
} // namespace

TEST_CASE("a login counts by service, door, mechanism, verdict and reason", "[unit]")
{
    const auto metrics = std::make_unique<LoginMetrics>();
    metrics->observe(attempt_for("imap"), at_cyrus, granted(), {}, 1ms);
    metrics->observe(attempt_for("imap"), at_cyrus, granted(), {}, 1ms);
    metrics->observe(attempt_for("imap", "login"), at_cyrus, Verdict::refused(Reason::wrong_password), {}, 1ms);
    metrics->observe(attempt_for("smtp"), at_cyrus, Verdict::refused(Reason::directory_unavailable), {}, 1ms);

    REQUIRE_THAT(page_of(*metrics),
                 has_line(R"(gatehouse_logins_total{service="imap",door="saslauthd",mechanism="PLAIN",)"
                          R"(verdict="granted",reason="granted"} 2)"));
    REQUIRE_THAT(page_of(*metrics),
                 has_line(R"(gatehouse_logins_total{service="imap",door="saslauthd",mechanism="LOGIN",)"
                          R"(verdict="denied",reason="wrong-password"} 1)"));
    REQUIRE_THAT(page_of(*metrics),
                 has_line(R"(gatehouse_logins_total{service="smtp",door="saslauthd",mechanism="PLAIN",)"
                          R"(verdict="unavailable",reason="directory-unavailable"} 1)"));
    REQUIRE(login_series(*metrics) == 3);
}

TEST_CASE("the time of a login falls into the bucket whose bound it does not exceed", "[unit]")
{
    const auto metrics = std::make_unique<LoginMetrics>();
    for (const auto took : {0us, 50us, 51us, 15'000'000us, 15'000'001us})
        metrics->observe(attempt_for("imap"), at_cyrus, granted(), {}, took);

    const std::string labels = R"({door="saslauthd",verdict="granted")";
    REQUIRE_THAT(page_of(*metrics), has_line("gatehouse_login_seconds_count" + labels + "} 5"));
    REQUIRE_THAT(page_of(*metrics), has_line("gatehouse_login_seconds_sum" + labels + "} 30.000102"));
    REQUIRE_THAT(page_of(*metrics), has_line("gatehouse_login_seconds_bucket" + labels + R"(,le="5e-05"} 2)"));
    REQUIRE_THAT(page_of(*metrics), has_line("gatehouse_login_seconds_bucket" + labels + R"(,le="0.0001"} 3)"));
    REQUIRE_THAT(page_of(*metrics), has_line("gatehouse_login_seconds_bucket" + labels + R"(,le="10"} 3)"));
    REQUIRE_THAT(page_of(*metrics), has_line("gatehouse_login_seconds_bucket" + labels + R"(,le="15"} 4)"));
    REQUIRE_THAT(page_of(*metrics), has_line("gatehouse_login_seconds_bucket" + labels + R"(,le="+Inf"} 5)"));
}

TEST_CASE("what decided about a password is counted, and every source is told from the start", "[unit]")
{
    const auto metrics = std::make_unique<LoginMetrics>();
    REQUIRE_THAT(page_of(*metrics), has_line(R"(gatehouse_password_decisions_total{source="shield"} 0)"));

    metrics->observe(attempt_for("imap"), at_cyrus, granted(), decided_by(Source::proof), 20us);
    metrics->observe(attempt_for("imap"), at_cyrus, granted(), decided_by(Source::proof), 20us);
    metrics->observe(attempt_for("imap"), at_cyrus, Verdict::refused(Reason::wrong_password),
                     decided_by(Source::refused_proof), 20us);
    metrics->observe(attempt_for("imap"), at_cyrus, Verdict::refused(Reason::service_not_allowed), {}, 20us);
    Trail old = decided_by(Source::directory);
    old.old_password_window = true;
    metrics->observe(attempt_for("imap"), at_cyrus, granted(), old, 1ms);

    REQUIRE_THAT(page_of(*metrics), has_line(R"(gatehouse_password_decisions_total{source="proof"} 2)"));
    REQUIRE_THAT(page_of(*metrics), has_line(R"(gatehouse_password_decisions_total{source="refused-proof"} 1)"));
    REQUIRE_THAT(page_of(*metrics), has_line(R"(gatehouse_password_decisions_total{source="directory"} 1)"));
    REQUIRE_THAT(page_of(*metrics), has_line(R"(gatehouse_password_decisions_total{source="grace"} 0)"));
    REQUIRE_THAT(page_of(*metrics), has_line("gatehouse_old_password_window_total 1"));
}

TEST_CASE("service names that a client makes up become `other`, and known ones keep their series", "[unit]")
{
    const auto metrics = std::make_unique<LoginMetrics>();
    metrics->observe(attempt_for("imap"), at_cyrus, granted(), {}, 1ms);
    for (int i = 0; i < 10'000; ++i)
        metrics->observe(attempt_for("made-up-" + std::to_string(i), "X-" + std::to_string(i)), at_cyrus,
                         Verdict::refused(Reason::unknown_mechanism), {}, 1ms);
    metrics->observe(attempt_for("imap"), at_cyrus, granted(), {}, 1ms);

    REQUIRE(login_series(*metrics) == LoginMetrics::max_services + 1); // imap, 63 made up, other
    REQUIRE_THAT(page_of(*metrics),
                 has_line(R"(gatehouse_logins_total{service="imap",door="saslauthd",mechanism="PLAIN",)"
                          R"(verdict="granted",reason="granted"} 2)"));
    REQUIRE_THAT(page_of(*metrics),
                 has_line(R"(gatehouse_logins_total{service="other",door="saslauthd",mechanism="other",)"
                          R"(verdict="denied",reason="unknown-mechanism"} 9937)"));
}

TEST_CASE("a service that its listener refuses takes no place, nor does one that is no clean text", "[unit]")
{
    const auto metrics = std::make_unique<LoginMetrics>();
    metrics->observe(attempt_for("made-up"), at_cyrus, Verdict::refused(Reason::service_not_allowed), {}, 1ms);
    for (const std::string& name : {std::string("\xff\xfe"), std::string("a\nb"), std::string(200, 'x')})
        metrics->observe(attempt_for(name), at_cyrus, Verdict::refused(Reason::wrong_password), {}, 1ms);

    REQUIRE(login_series(*metrics) == 2);
    REQUIRE_THAT(page_of(*metrics),
                 has_line(R"(gatehouse_logins_total{service="other",door="saslauthd",mechanism="PLAIN",)"
                          R"(verdict="denied",reason="wrong-password"} 3)"));
}

TEST_CASE("there are never more series than the limit and a few of `other`", "[unit]")
{
    const auto metrics = std::make_unique<LoginMetrics>();
    constexpr int doors = 15;
    constexpr int reasons = static_cast<int>(Reason::internal) + 1;
    std::uint64_t logins = 0;
    for (int reason = 0; reason < reasons; ++reason) {
        const auto verdict = [&] { return reason == 0 ? granted() : Verdict::refused(static_cast<Reason>(reason)); };
        for (int door = 0; door < doors; ++door) {
            const Pins pins{.listener = "l", .door = "door-" + std::to_string(door)};
            for (int service = 0; service < 64; ++service, ++logins)
                metrics->observe(attempt_for("service-" + std::to_string(service)), pins, verdict(), {}, 1ms);
        }
    }
    REQUIRE(logins > 10 * LoginMetrics::max_series);
    const auto series = metrics->Collect().front().metric;
    REQUIRE(series.size() >= LoginMetrics::max_series);
    REQUIRE(series.size() <= LoginMetrics::max_series + doors * reasons);
    double sum = 0;
    for (const auto& one : series)
        sum += one.counter.value;
    REQUIRE(sum == static_cast<double>(logins));
}

TEST_CASE("logins that several threads count at once are all there", "[unit]")
{
    const auto metrics = std::make_unique<LoginMetrics>();
    constexpr int threads = 4;
    constexpr int rounds = 5'000;
    {
        std::vector<std::jthread> running;
        for (int t = 0; t < threads; ++t)
            running.emplace_back([&] {
                for (int i = 0; i < rounds; ++i)
                    metrics->observe(attempt_for("service-" + std::to_string(i % 40)), at_cyrus, granted(),
                                     decided_by(Source::proof), 1ms);
            });
        for (int i = 0; i < 20; ++i)
            (void)metrics->Collect();
    }
    const auto series = metrics->Collect().front().metric;
    REQUIRE(series.size() == 40);
    for (const auto& one : series)
        REQUIRE(one.counter.value == threads * rounds / 40);
    REQUIRE_THAT(page_of(*metrics),
                 has_line("gatehouse_password_decisions_total{source=\"proof\"} " + std::to_string(threads * rounds)));
}
