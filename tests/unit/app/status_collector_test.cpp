#include "app/status_collector.hpp"

#include "../metrics/metric_names.hpp"
#include "base/deadline.hpp"
#include "gate/login_metrics.hpp"

#include <catch2/catch.hpp>
#include <prometheus/metric_family.h>

#include <set>

using namespace gatehouse;
using namespace std::chrono_literals;
using Catch::Contains;
using metrics::file_text;
using metrics::names_in;
using metrics::source_tree;

namespace
{
/// Every member has something to tell, and no two the same number.
app::Figures everything()
{
    const Deadline now = Clock::now();
    app::Figures figures;
    figures.realms = {
        {.name = "CAMPUS",
         .servers = {{.server = "dc1", .usable = true, .latency = 2500us, .requests = 11, .connections = 3},
                     {.server = "dc2", .usable = false, .consecutive_failures = 4}},
         .feed = FeedState{.live = true, .read_from = now - 700ms, .bound = 2000ms},
         .sweeps = 5,
         .changes = 6,
         .people = 11'000,
         .groups = 2'000},
        {.name = "AWAY", .feed = FeedState{.away = true}},
        {.name = "LOCAL", .servers = {{.server = "/etc/gatehouse/people.yaml"}}}};
    figures.listeners = {{.name = "cyrus",
                          .door = "saslauthd",
                          .connections = 7,
                          .accepted = 8,
                          .turned_away = 9,
                          .protocol_errors = 10}};
    figures.proofs = {
        .people = 12, .good = 13, .refused = 14, .retired = 15, .bytes = 16, .capacity = 17, .dropped = 18};
    figures.shield = {.people = 19,
                      .at_limit = 20,
                      .networks_slowed = 21,
                      .refused_budget = 22,
                      .refused_network = 23,
                      .repeats_refused = 24,
                      .repeats_old = 25};
    figures.store.kind = "sqlite";
    figures.store.usable = true;
    figures.store.waiting = 26;
    figures.audit = {.written = 27, .waiting = 28, .writable = false};
    figures.secret_memory_used = 29;
    figures.secret_memory_size = 30;
    figures.sessions = 31;
    figures.sessions_ended = {{"account-disabled", 32}};
    return figures;
}

std::shared_ptr<gate::LoginMetrics> some_logins()
{
    auto logins = std::make_shared<gate::LoginMetrics>();
    Trail trail;
    trail.source = Source::proof;
    logins->observe({.service = "imap",
                     .realm_hint = {},
                     .client_address = {},
                     .mechanism = "PLAIN",
                     .credential = PasswordCredential{}},
                    Pins{.listener = "cyrus", .door = "saslauthd"}, Verdict::granted(Person{}), trail, 80us);
    return logins;
}

std::vector<prometheus::MetricFamily> families()
{
    auto families = app::StatusCollector(everything).Collect();
    std::ranges::move(some_logins()->Collect(), std::back_inserter(families));
    return families;
}

std::string page_text()
{
    return metrics::page_of(families());
}

auto has_line(const std::string& line)
{
    return Contains("\n" + line + "\n");
}
} // namespace

TEST_CASE("the page tells realms, feeds, proofs, shield, store, listeners, audit and memory", "[unit]")
{
    const std::string page = page_text();
    REQUIRE_THAT(page, has_line(R"(gatehouse_directory_server_usable{realm="CAMPUS",server="dc1"} 1)"));
    REQUIRE_THAT(page, has_line(R"(gatehouse_directory_server_usable{realm="CAMPUS",server="dc2"} 0)"));
    REQUIRE_THAT(page, has_line(R"(gatehouse_directory_server_latency_seconds{realm="CAMPUS",server="dc1"} 0.0025)"));
    REQUIRE_THAT(page, has_line(R"(gatehouse_directory_server_requests_total{realm="CAMPUS",server="dc1"} 11)"));
    REQUIRE_THAT(page, has_line(R"(gatehouse_feed_live{realm="CAMPUS"} 1)"));
    REQUIRE_THAT(page, has_line(R"(gatehouse_feed_live{realm="AWAY"} 0)"));
    REQUIRE_THAT(page, has_line(R"(gatehouse_feed_away{realm="AWAY"} 1)"));
    REQUIRE_THAT(page, has_line(R"(gatehouse_feed_bound_seconds{realm="CAMPUS"} 2)"));
    REQUIRE_THAT(page, has_line(R"(gatehouse_people{realm="CAMPUS"} 11000)"));
    REQUIRE_THAT(page, has_line(R"(gatehouse_proofs{kind="refused"} 14)"));
    REQUIRE_THAT(page, has_line("gatehouse_proofs_capacity_bytes 17"));
    REQUIRE_THAT(page, has_line("gatehouse_shield_people_at_limit 20"));
    REQUIRE_THAT(page, has_line(R"(gatehouse_shield_actions_total{action="repeated-old-password"} 25)"));
    REQUIRE_THAT(page, has_line(R"(gatehouse_store_usable{kind="sqlite"} 1)"));
    REQUIRE_THAT(page,
                 has_line(R"(gatehouse_listener_turned_away_connections_total{listener="cyrus",door="saslauthd"} 9)"));
    REQUIRE_THAT(page, has_line("gatehouse_audit_writable 0"));
    REQUIRE_THAT(page, has_line("gatehouse_secret_memory_size_bytes 30"));
    REQUIRE_THAT(page, has_line("gatehouse_sessions 31"));
    REQUIRE_THAT(page, has_line(R"(gatehouse_sessions_ended_total{reason="account-disabled"} 32)"));
    REQUIRE_THAT(page, has_line("gatehouse_build_info{version=\"" GATEHOUSE_VERSION "\"} 1"));
}

TEST_CASE("a feed's age is told once it has read something, and a realm without a feed tells none", "[unit]")
{
    const std::string page = page_text();
    const std::string age = R"(gatehouse_feed_age_seconds{realm="CAMPUS"} )";
    const auto at = page.find(age);
    REQUIRE(at != std::string::npos);
    REQUIRE(std::stod(page.substr(at + age.size())) >= 0.7);
    REQUIRE_THAT(page, !Contains(R"(gatehouse_feed_age_seconds{realm="AWAY"})"));
    REQUIRE_THAT(page, !Contains(R"(gatehouse_feed_live{realm="LOCAL"})"));
    REQUIRE_THAT(page, !Contains(R"(gatehouse_people{realm="LOCAL"})"));
    REQUIRE_THAT(page, !Contains(R"(gatehouse_feed_sweeps_total{realm="AWAY"})"));
}

TEST_CASE("promtool finds nothing to say against the page", "[unit]")
{
    REQUIRE(metrics::faults_of(page_text()) == "");
}

TEST_CASE("docs/monitoring.md explains every metric of the page and no other", "[unit]")
{
    auto explained = names_in(file_text(source_tree() / "docs/monitoring.md"));
    std::erase_if(explained, metrics::is_of_mailgate);
    const auto shown = metrics::names_of(families());
    REQUIRE(shown.size() > 30);
    REQUIRE(explained == shown);
}

TEST_CASE("alerts, their test and the dashboard name only metrics that the page has", "[unit]")
{
    const auto shown = metrics::names_of(families());
    for (const char* file : {"config/monitoring/gatehouse.rules.yml", "config/monitoring/grafana-dashboard.json",
                             "tests/checks/gatehouse.rules.test.yml"}) {
        auto used = names_in(file_text(source_tree() / file));
        std::erase_if(used, metrics::is_of_mailgate);
        INFO(file);
        REQUIRE(used.size() > 5);
        for (const std::string& name : used) {
            INFO(name);
            CHECK(shown.contains(name));
        }
    }
}
