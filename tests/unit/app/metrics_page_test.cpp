#include "app/metrics_page.hpp"

#include "app/status_collector.hpp"
#include "base/deadline.hpp"
#include "gate/login_metrics.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <thread>
#include <unistd.h>

using namespace gatehouse;
using namespace std::chrono_literals;
using Catch::Contains;
using Catch::StartsWith;

namespace asio = boost::asio;

namespace
{
class ScratchFolder
{
public:
    ScratchFolder() { std::filesystem::create_directories(path_); }
    ~ScratchFolder() { std::filesystem::remove_all(path_); }
    std::filesystem::path operator/(const char* name) const { return path_ / name; }

private:
    static inline int made_ = 0;
    std::filesystem::path path_ = std::filesystem::temp_directory_path() /
                                  ("gatehouse-metrics-" + std::to_string(::getpid()) + "-" + std::to_string(++made_));
};

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

/// A page that shows everything, served from a thread of its own at a Unix socket.
class ServedPage
{
public:
    explicit ServedPage(app::StatusCollector::Observe observe = everything)
    {
        auto opened = app::MetricsPage::open(io_, {.listen = "unix:" + file().string()});
        REQUIRE(opened);
        page_ = *opened;
        page_->add(std::make_shared<app::StatusCollector>(std::move(observe)));
        page_->add(some_logins());
        page_->start();
        thread_ = std::jthread([this] { io_.run(); });
    }
    ~ServedPage()
    {
        asio::post(io_, [this] { page_->close(); });
        thread_.join();
    }

    std::filesystem::path file() const { return scratch_ / "metrics"; }
    asio::local::stream_protocol::socket connect()
    {
        asio::local::stream_protocol::socket socket(clients_);
        socket.connect(asio::local::stream_protocol::endpoint(file().string()));
        return socket;
    }
    /// Sends what is given and reads until the page closes the connection.
    std::string told(const std::string& request)
    {
        auto socket = connect();
        asio::write(socket, asio::buffer(request));
        socket.shutdown(asio::socket_base::shutdown_send);
        return rest_of(socket);
    }
    static std::string rest_of(asio::local::stream_protocol::socket& socket)
    {
        std::string answer;
        boost::system::error_code error;
        asio::read(socket, asio::dynamic_buffer(answer), error);
        CHECK(error == asio::error::eof);
        return answer;
    }

private:
    ScratchFolder scratch_;
    asio::io_context io_{1};
    asio::io_context clients_;
    std::shared_ptr<app::MetricsPage> page_;
    std::jthread thread_;
};

std::string page_text()
{
    auto families = app::StatusCollector(everything).Collect();
    std::ranges::move(some_logins()->Collect(), std::back_inserter(families));
    return prometheus::TextSerializer().prometheus::Serializer::Serialize(families);
}

auto has_line(const std::string& line)
{
    return Contains("\n" + line + "\n");
}

std::string file_text(const std::filesystem::path& file)
{
    std::ifstream stream(file);
    REQUIRE(stream);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::filesystem::path source_tree()
{
    return std::filesystem::path(__FILE__).parent_path().parent_path().parent_path().parent_path();
}

/// Names of our own metrics in a text; those of a histogram's parts as the histogram's.
std::set<std::string> names_in(const std::string& text)
{
    static const std::regex metric(R"(\b(gatehouse|process)_[a-z_]+[a-z]\b)");
    static const std::regex part("(_seconds)_(bucket|sum|count)$");
    std::set<std::string> names;
    for (std::sregex_iterator found(text.begin(), text.end(), metric), end; found != end; ++found)
        names.insert(std::regex_replace(found->str(), part, "$1"));
    return names;
}

std::set<std::string> names_on_page()
{
    std::set<std::string> names;
    std::istringstream page(page_text());
    for (std::string word, name; page >> word;)
        if (word == "TYPE" && page >> name)
            names.insert(name);
    return names;
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
    const ScratchFolder scratch;
    std::ofstream(scratch / "page") << page_text();
    const std::string said = (scratch / "said").string();
    const std::string command = "promtool check metrics < " + (scratch / "page").string() + " > " + said + " 2>&1";
    const int status = std::system(command.c_str()); // NOLINT(cert-env33-c): the command is fixed
    REQUIRE(file_text(said) == "");
    REQUIRE(status == 0);
}

TEST_CASE("docs/monitoring.md explains every metric of the page and no other", "[unit]")
{
    const auto explained = names_in(file_text(source_tree() / "docs/monitoring.md"));
    const auto shown = names_on_page();
    REQUIRE(shown.size() > 30);
    REQUIRE(explained == shown);
}

TEST_CASE("alerts, their test and the dashboard name only metrics that the page has", "[unit]")
{
    const auto shown = names_on_page();
    for (const char* file : {"config/monitoring/gatehouse.rules.yml", "config/monitoring/grafana-dashboard.json",
                             "tests/checks/gatehouse.rules.test.yml"}) {
        const auto used = names_in(file_text(source_tree() / file));
        INFO(file);
        REQUIRE(used.size() > 5);
        for (const std::string& name : used) {
            INFO(name);
            CHECK(shown.contains(name));
        }
    }
}

TEST_CASE("GET /metrics answers the page in Prometheus' format", "[unit]")
{
    ServedPage page;
    const std::string answer = page.told("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    REQUIRE_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    REQUIRE_THAT(answer, Contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    REQUIRE_THAT(answer, has_line(R"(gatehouse_proofs{kind="good"} 13)"));
    REQUIRE_THAT(answer, has_line(R"(gatehouse_password_decisions_total{source="proof"} 1)"));
}

TEST_CASE("a connection to the page is kept for further requests", "[unit]")
{
    ServedPage page;
    const std::string request = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    const std::string answer = page.told(request + "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n" +
                                         "GET / HTTP/1.1\r\nHost: x\r\n\r\n" + request);
    std::size_t pages = 0;
    for (std::size_t at = 0; (at = answer.find("# TYPE gatehouse_logins_total", at)) != std::string::npos; ++at)
        ++pages;
    REQUIRE(pages == 2);
    REQUIRE_THAT(answer, Contains("HTTP/1.1 404 Not Found"));
}

TEST_CASE("another path is 404 and another method 405", "[unit]")
{
    ServedPage page;
    REQUIRE_THAT(page.told("GET /metricsx HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
    const std::string answer = page.told("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
    REQUIRE_THAT(answer, StartsWith("HTTP/1.1 405 "));
    REQUIRE_THAT(answer, Contains("\r\nAllow: GET, HEAD\r\n"));
    REQUIRE_THAT(answer, Contains("\r\nConnection: close\r\n"));
    REQUIRE_THAT(page.told("GET /metrics?x=1 HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("a head over 8 KiB is 431, what is no HTTP is 400, and a part that fails is 500", "[unit]")
{
    ServedPage page;
    const std::string large(app::MetricsPage::max_head, 'x');
    REQUIRE_THAT(page.told("GET /metrics HTTP/1.1\r\nX: " + large + "\r\n\r\n"), StartsWith("HTTP/1.1 431 "));
    REQUIRE_THAT(page.told("\x16\x03\x01 hello\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
    REQUIRE(page.told("GET /met").empty());

    ServedPage failing([]() -> app::Figures { throw std::runtime_error("on purpose"); });
    const std::string answer = failing.told("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    REQUIRE_THAT(answer, StartsWith("HTTP/1.1 500 "));
    REQUIRE_THAT(answer, !Contains("on purpose"));
}

TEST_CASE("connections beyond the limit are closed, and served again when there is room", "[unit]")
{
    ServedPage page;
    std::vector<asio::local::stream_protocol::socket> open;
    const std::string request = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    for (std::size_t i = 0; i < app::MetricsPage::max_connections; ++i) {
        open.push_back(page.connect());
        asio::write(open.back(), asio::buffer(request));
        std::array<char, 12> begin{};
        asio::read(open.back(), asio::buffer(begin)); // it has a place now
    }
    auto late = page.connect();
    std::array<char, 1> nothing{};
    boost::system::error_code error;
    late.read_some(asio::buffer(nothing), error);
    REQUIRE(error == asio::error::eof);

    open.pop_back();
    const auto served = [&] { return page.told(request).starts_with("HTTP/1.1 200 "); };
    bool again = false;
    for (int i = 0; i < 500 && !again; ++i) {
        std::this_thread::sleep_for(10ms);
        again = served();
    }
    REQUIRE(again);
}

TEST_CASE("a place where the page cannot listen is an error that names the place and the cause", "[unit]")
{
    asio::io_context io;
    for (const char* listen : {"", "nowhere", "localhost:9470", "127.0.0.1:99999", "::1:9470", "[127.0.0.1]:9470"}) {
        const auto refused = app::MetricsPage::open(io, {.listen = listen});
        REQUIRE(!refused);
        REQUIRE(refused.error().kind == ErrorKind::invalid);
        REQUIRE_THAT(refused.error().text, Contains("\"" + std::string(listen) + "\": expected ADDRESS:PORT"));
    }
    const auto first = app::MetricsPage::open(io, {.listen = "0"}); // any free port, at loopback
    REQUIRE(first);
    const std::string taken = "127.0.0.1:" + std::to_string((*first)->port());
    const auto second = app::MetricsPage::open(io, {.listen = taken});
    REQUIRE(!second);
    REQUIRE(second.error().kind == ErrorKind::unavailable);
    REQUIRE(second.error().text == "metrics: " + taken + ": cannot be bound: Address already in use");

    const auto no_folder = app::MetricsPage::open(io, {.listen = "unix:/nonexistent/metrics"});
    REQUIRE(!no_folder);
    REQUIRE_THAT(no_folder.error().text, Contains("/nonexistent/metrics") && Contains("No such file"));
}

TEST_CASE("the page removes its socket file when it is closed, and ends with its io_context", "[unit]")
{
    const ScratchFolder scratch;
    const std::string file = (scratch / "metrics").string();
    asio::io_context clients;
    asio::local::stream_protocol::socket client(clients);
    auto io = std::make_unique<asio::io_context>(1);
    auto page = app::MetricsPage::open(*io, {.listen = "unix:" + file}).value();
    page->start();
    client.connect(asio::local::stream_protocol::endpoint(file));
    io->poll(); // the connection waits for its first request
    REQUIRE(std::filesystem::exists(file));
    SECTION("closed, and polled")
    {
        page->close();
        io->poll();
        page.reset();
    }
    SECTION("forgotten: the io_context holds what is left of it")
    {
        page.reset();
    }
    io.reset();
    REQUIRE(!std::filesystem::exists(file));
}
