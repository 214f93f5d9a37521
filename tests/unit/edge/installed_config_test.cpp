// config/mailgate.yaml as it is installed, and what --check finds in it.
#include "../metrics/metric_names.hpp"
#include "edge/config.hpp"
#include "edge/edge.hpp"
#include "scratch_certificate.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <regex>
#include <set>

using namespace gatehouse;
using Catch::Contains;
using Catch::StartsWith;
using edge::Edge;

namespace
{

std::string installed()
{
    return metrics::file_text(metrics::source_tree() / "config/mailgate.yaml");
}

void replace(std::string& text, const std::string& from, const std::string& to)
{
    REQUIRE(text.contains(from));
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
}

/// The installed file with a certificate that is there.
std::string installed_with(const ScratchCertificate& certificate)
{
    std::string text = installed();
    replace(text, "/etc/gatehouse/mailgate/mail.campus.example.pem", certificate.chain());
    replace(text, "/etc/gatehouse/mailgate/mail.campus.example.key", certificate.key());
    return text;
}

Result<edge::Settings> read(const ScratchCertificate& certificate, const std::string& text)
{
    const std::string file = certificate.folder() / "mailgate.yaml";
    std::ofstream(file) << text;
    return edge::read_settings(file);
}

/// The text with what stands behind a mark put in force: "#key: value" and "#  - {item}", which comments proper are
/// not.
std::string with_everything(const std::string& text)
{
    return std::regex_replace(text, std::regex(R"((^|\n)#( *(- \{|[a-z0-9_]+: )))"), "$1$2");
}

} // namespace

TEST_CASE("the installed mailgate.yaml is valid, and needs its certificate", "[unit]")
{
    const ScratchCertificate certificate;
    const auto settings = read(certificate, installed_with(certificate));
    REQUIRE(settings);
    CHECK(settings->listeners.size() == 7);
    CHECK(settings->stores.size() == 1);
    REQUIRE(Edge::check(*settings));

    const auto as_it_is = read(certificate, installed());
    REQUIRE(as_it_is);
    const auto checked = Edge::check(*as_it_is);
    REQUIRE(!checked);
    CHECK(checked.error().text ==
          "/etc/gatehouse/mailgate/mail.campus.example.pem: expected a certificate and its chain in "
          "PEM (No such file or directory)");
}

TEST_CASE("the installed file tells the defaults", "[unit]")
{
    const ScratchCertificate certificate;
    const edge::Settings told = read(certificate, installed_with(certificate)).value();
    const edge::Settings defaults;
    CHECK(told.authd == defaults.authd);
    CHECK(told.limits.connections == defaults.limits.connections);
    CHECK(told.limits.per_address == defaults.limits.per_address);
    CHECK(told.limits.per_person == defaults.limits.per_person);
    CHECK(told.limits.login == defaults.limits.login);
    CHECK(told.limits.store == defaults.limits.store);
    CHECK(told.limits.authd == defaults.limits.authd);
    CHECK(told.limits.max_failures == defaults.limits.max_failures);
    CHECK(told.workers == defaults.workers);
    CHECK(told.secret_memory == defaults.secret_memory);
    CHECK(told.shutdown == defaults.shutdown);
    CHECK(told.tls.tls12 == defaults.tls.tls12);
    CHECK(told.tls.session_tickets == defaults.tls.session_tickets);
}

TEST_CASE("its listeners are the ports of gatehouse-mailgate.socket", "[unit]")
{
    const ScratchCertificate certificate;
    std::set<std::string> listeners;
    for (const auto& listener : read(certificate, installed_with(certificate)).value().listeners)
        listeners.insert(edge::text_of(listener.listen));
    const std::string unit = metrics::file_text(metrics::source_tree() / "config/systemd/gatehouse-mailgate.socket");
    static const std::regex stream("\nListenStream=([0-9]+)");
    std::set<std::string> ports;
    for (std::sregex_iterator found(unit.begin(), unit.end(), stream), end; found != end; ++found)
        ports.insert("[::]:" + found->str(1));
    CHECK(ports.size() == 7);
    CHECK(listeners == ports);
}

TEST_CASE("what stands there behind a mark is valid, too", "[unit]")
{
    const ScratchCertificate certificate;
    std::string text = with_everything(installed_with(certificate));
    REQUIRE_THAT(text, Contains("\n  - {by: mail-host}"));
    replace(text, "stores: [imap2.campus.example]", "stores: [imap1.campus.example]");
    const auto settings = read(certificate, text);
    if (!settings)
        FAIL(settings.error().text);
    CHECK(settings->host == "mail.campus.example");
    CHECK(settings->metrics_listen == "127.0.0.1:9471");
    CHECK(settings->tls.certificates.size() == 2);
    CHECK(settings->placement.size() == 3);
    CHECK(settings->stores[0].drain);
    REQUIRE(settings->stores[0].proxy_account);
    CHECK(settings->stores[0].proxy_account->user == "proxy");
}

TEST_CASE("--check reads each file that is named", "[unit]")
{
    const ScratchCertificate certificate;
    const ScratchCertificate other;
    const edge::Settings good = read(certificate, installed_with(certificate)).value();
    const auto fault = [](const edge::Settings& settings) {
        const auto checked = Edge::check(settings);
        return checked ? std::string() : checked.error().text;
    };
    edge::Settings settings = good;
    settings.tls.certificates[0].key = other.key();
    CHECK_THAT(fault(settings), StartsWith(other.key() + ": expected the private key of " + certificate.chain()));
    settings = good;
    settings.tls.client_ca = certificate.key();
    CHECK_THAT(fault(settings), StartsWith(certificate.key() + ": expected certificates of authorities"));
    settings = good;
    settings.stores[0].tls.ca_file = "/nonexistent/ca.pem";
    CHECK_THAT(fault(settings), StartsWith("/nonexistent/ca.pem: "));
    settings = good;
    settings.stores[0].proxy_account = {.user = "proxy", .password_file = "/nonexistent/proxy"};
    CHECK_THAT(fault(settings), Contains("/nonexistent/proxy"));
}
