#include "edge/edge_collector.hpp"

#include "../metrics/metric_names.hpp"
#include "edge/ticket_keys.hpp"
#include "metrics/families.hpp"
#include "scratch_certificate.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using namespace gatehouse;
using namespace std::chrono_literals;
using Catch::Contains;
using edge::Protocol;

namespace
{

/// Two stores, one of which is away by POP3, and a submission server.
edge::Settings settings_of(const ScratchCertificate& certificate)
{
    edge::Settings settings;
    settings.tls.certificates = {{certificate.chain(), certificate.key()}};
    settings.stores = {
        {.name = "imap1", .endpoints = {{Protocol::imap, {"192.0.2.1", 143}}}},
        {.name = "imap2", .endpoints = {{Protocol::imap, {"192.0.2.2", 143}}, {Protocol::pop3, {"192.0.2.2", 110}}}}};
    settings.submission = {{.name = "smtp1:587", .endpoints = {{Protocol::submission, {"192.0.2.3", 587}}}}};
    return settings;
}

class Observed
{
public:
    Observed()
    {
        auto setup = std::make_shared<edge::Setup>();
        setup->settings = settings_of(certificate_);
        setup->tls = edge::ServerTls::load(setup->settings.tls, tickets_).value();
        setup->placement = edge::Placement::create(setup->settings).value();
        setups_.set(setup);
    }
    const edge::Placement& placement() { return *setups_.get()->placement; }
    edge::Shared& shared() { return shared_; }
    std::vector<prometheus::MetricFamily> families() { return edge::EdgeCollector(shared_, setups_).Collect(); }
    std::string page() { return metrics::page_of(families()); }
    const ScratchCertificate& certificate() const { return certificate_; }

private:
    ScratchCertificate certificate_;
    edge::TicketKeys tickets_;
    edge::Shared shared_;
    Snapshot<edge::Setup> setups_{nullptr};
};

auto has_line(const std::string& line)
{
    return Contains("\n" + line + "\n");
}

} // namespace

TEST_CASE("the page tells connections, people, logins, sessions and bytes by protocol", "[unit]")
{
    Observed observed;
    edge::Shared& shared = observed.shared();
    const auto here = shared.everybody.enter("", 9);
    const auto also_here = shared.everybody.enter("", 9);
    const auto first = shared.addresses.enter("192.0.2.9", 9);
    const auto second = shared.addresses.enter("192.0.2.9", 9);
    const auto alice = shared.people.enter("CAMPUS\\1", 9);
    edge::Counters& imap = shared.of(Protocol::imap);
    imap.accepted = 11;
    imap.turned_away = 12;
    imap.tls_failures = 13;
    imap.too_slow = 14;
    imap.granted = 15;
    imap.denied = 16;
    imap.unavailable = 17;
    imap.store_failures = 18;
    imap.ended_by_authd = 19;
    imap.bytes_from_clients = 20;
    imap.bytes_from_stores = 21;
    imap.sessions = 22;
    shared.of(Protocol::sieve).granted = 23;

    const std::string page = observed.page();
    CHECK_THAT(page, has_line("gatehouse_mailgate_connections 2"));
    CHECK_THAT(page, has_line("gatehouse_mailgate_client_addresses 1"));
    CHECK_THAT(page, has_line("gatehouse_mailgate_people 1"));
    CHECK_THAT(page, has_line(R"(gatehouse_mailgate_accepted_connections_total{protocol="imap"} 11)"));
    CHECK_THAT(page, has_line(R"(gatehouse_mailgate_turned_away_connections_total{protocol="imap"} 12)"));
    CHECK_THAT(page, has_line(R"(gatehouse_mailgate_tls_failures_total{protocol="imap"} 13)"));
    CHECK_THAT(page, has_line(R"(gatehouse_mailgate_too_slow_connections_total{protocol="imap"} 14)"));
    CHECK_THAT(page, has_line(R"(gatehouse_mailgate_logins_total{protocol="imap",outcome="granted"} 15)"));
    CHECK_THAT(page, has_line(R"(gatehouse_mailgate_logins_total{protocol="imap",outcome="denied"} 16)"));
    CHECK_THAT(page, has_line(R"(gatehouse_mailgate_logins_total{protocol="imap",outcome="unavailable"} 17)"));
    CHECK_THAT(page, has_line(R"(gatehouse_mailgate_logins_total{protocol="imap",outcome="store-unavailable"} 18)"));
    CHECK_THAT(page, has_line(R"(gatehouse_mailgate_sessions_ended_total{protocol="imap"} 19)"));
    CHECK_THAT(page, has_line(R"(gatehouse_mailgate_relayed_bytes_total{protocol="imap",from="clients"} 20)"));
    CHECK_THAT(page, has_line(R"(gatehouse_mailgate_relayed_bytes_total{protocol="imap",from="stores"} 21)"));
    CHECK_THAT(page, has_line(R"(gatehouse_mailgate_sessions{protocol="imap"} 22)"));
    CHECK_THAT(page, has_line(R"(gatehouse_mailgate_logins_total{protocol="sieve",outcome="granted"} 23)"));
    CHECK_THAT(page, has_line("gatehouse_build_info{version=\"" GATEHOUSE_VERSION "\"} 1"));
}

TEST_CASE("the page tells which stores answer, each protocol for itself", "[unit]")
{
    Observed observed;
    const auto stores = observed.placement().all();
    REQUIRE(stores.size() == 3);
    const Deadline now = Clock::now();
    stores[1]->failed(Protocol::pop3, now);
    stores[1]->failed(Protocol::pop3, now); // within the pause: no news
    std::string page = observed.page();
    CHECK_THAT(page, has_line(R"(gatehouse_mailgate_store_usable{store="imap1",protocol="imap"} 1)"));
    CHECK_THAT(page, has_line(R"(gatehouse_mailgate_store_usable{store="imap2",protocol="imap"} 1)"));
    CHECK_THAT(page, has_line(R"(gatehouse_mailgate_store_usable{store="imap2",protocol="pop3"} 0)"));
    CHECK_THAT(page, has_line(R"(gatehouse_mailgate_store_usable{store="smtp1:587",protocol="submission"} 1)"));
    CHECK_THAT(page, has_line(R"(gatehouse_mailgate_store_consecutive_failures{store="imap2",protocol="pop3"} 1)"));
    CHECK_THAT(page, !Contains(R"(store="imap1",protocol="pop3")"));

    stores[1]->failed(Protocol::pop3, now + 1h);
    page = observed.page();
    CHECK_THAT(page, has_line(R"(gatehouse_mailgate_store_consecutive_failures{store="imap2",protocol="pop3"} 2)"));
    stores[1]->answered(Protocol::pop3);
    CHECK_THAT(observed.page(), has_line(R"(gatehouse_mailgate_store_usable{store="imap2",protocol="pop3"} 1)"));
}

TEST_CASE("the page tells when a certificate ends", "[unit]")
{
    Observed observed;
    const std::string line =
        "gatehouse_mailgate_certificate_end_time_seconds{file=\"" + observed.certificate().chain() + "\"} ";
    const std::string page = observed.page();
    const auto at = page.find(line);
    REQUIRE(at != std::string::npos);
    const double left = std::stod(page.substr(at + line.size())) - metrics::now();
    CHECK(left > 59 * 60);
    CHECK(left <= 60 * 60);
}

TEST_CASE("promtool finds nothing to say against mailgate's page", "[unit]")
{
    Observed observed;
    REQUIRE(metrics::faults_of(observed.page()) == "");
}

TEST_CASE("docs/monitoring.md explains every metric of mailgate and no other", "[unit]")
{
    Observed observed;
    auto shown = metrics::names_of(observed.families());
    const auto explained = metrics::names_in(metrics::file_text(metrics::source_tree() / "docs/monitoring.md"));
    for (const std::string& name : shown)
        CHECK(explained.contains(name));
    for (const std::string& name : explained)
        if (metrics::is_of_mailgate(name))
            CHECK(shown.contains(name));
}

TEST_CASE("alerts and their test name only metrics that mailgate has", "[unit]")
{
    Observed observed;
    const auto shown = metrics::names_of(observed.families());
    for (const char* file : {"config/monitoring/gatehouse.rules.yml", "tests/checks/gatehouse.rules.test.yml"})
        for (const std::string& name : metrics::names_in(metrics::file_text(metrics::source_tree() / file)))
            if (metrics::is_of_mailgate(name)) {
                INFO(file << ": " << name);
                CHECK(shown.contains(name));
            }
}
