#include "sasl/external.hpp"

#include "identity/login_name.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace gatehouse;

namespace
{
std::unique_ptr<Exchange> begin(std::optional<ClientCertificate> certificate)
{
    return sasl::external.begin({}, {.certificate = std::move(certificate)});
}

Exchange::Step say(Exchange& exchange, std::string_view message)
{
    Secret secret;
    REQUIRE(secret.append(message));
    return exchange.step(std::move(secret));
}

CertificateCredential shown(const Exchange::Step& step)
{
    REQUIRE(std::holds_alternative<Exchange::Shown>(step));
    return std::get<CertificateCredential>(std::get<Exchange::Shown>(step).credential);
}
} // namespace

TEST_CASE("EXTERNAL: the certificate's login name comes before its addresses", "[unit]")
{
    const auto exchange = begin(ClientCertificate{.name = "alice@campus.example", .mails = {"a@b.example"}});
    const CertificateCredential credential = shown(say(*exchange, ""));
    REQUIRE(credential.login == "alice@campus.example");
    REQUIRE(credential.names == std::vector<std::string>{"alice@campus.example"});
    REQUIRE(credential.authzid.empty());
    REQUIRE(std::holds_alternative<Exchange::Broken>(say(*exchange, "")));
}

TEST_CASE("EXTERNAL: without a login name all addresses are shown", "[unit]")
{
    const auto exchange = begin(ClientCertificate{.mails = {"alice@campus.example", "a.smith@campus.example"}});
    const CertificateCredential credential = shown(say(*exchange, "bob"));
    REQUIRE(credential.login == "alice@campus.example");
    REQUIRE(credential.names.size() == 2);
    REQUIRE(credential.authzid == "bob");
}

TEST_CASE("EXTERNAL: whoever has no certificate is nobody, which is the gate's to refuse", "[unit]")
{
    REQUIRE(shown(say(*begin({}), "alice")).names.empty());
    REQUIRE(shown(say(*begin(ClientCertificate{}), "alice")).names.empty());
    const std::string longest(max_login_name, 'a');
    REQUIRE(shown(say(*begin({}), longest)).authzid == longest);
    REQUIRE(std::holds_alternative<Exchange::Broken>(say(*begin({}), longest + 'a')));
}
