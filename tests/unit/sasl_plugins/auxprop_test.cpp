#include "campus.hpp"

#include <catch2/catch.hpp>

using namespace gatehouse::test;

TEST_CASE("properties that a host asks for are those of the person, of authid and authzid apart", "[unit]")
{
    const Campus campus;
    SaslHost host(campus.options());
    host.request({"mail", "*group", "mailbox", "userPassword", "*displayName"});
    REQUIRE(host.external("anne") == SASL_OK);
    REQUIRE(host.property("mail") == std::vector<std::string>{"anne@campus.example", "anne@example.org"});
    REQUIRE(host.property("*group") == std::vector<std::string>{"staff", "lab"});
    REQUIRE(host.property("mailbox") == std::vector<std::string>{"ann"});
    REQUIRE(host.property("*displayName") == std::vector<std::string>{"Somebody"});
    REQUIRE(host.property("userPassword").empty());
}

TEST_CASE("a plugin that is installed and not chosen asks nobody", "[unit]")
{
    const Campus campus;
    SaslHost host(campus.with({{"auxprop_plugin", "sasldb"}}));
    host.request({"mail"});
    REQUIRE(host.external("alice") == SASL_OK);
    REQUIRE(campus.asked().empty());
}

TEST_CASE("nothing is asked when no property of ours is wanted", "[unit]")
{
    const Campus campus;
    SaslHost host(campus.options());
    host.request({"userPassword", "*cmusaslsecretPLAIN"});
    REQUIRE(host.external("alice") == SASL_OK);
    REQUIRE(campus.asked().empty());
}

TEST_CASE("a stranger has no properties; an outage is a temporary failure", "[unit]")
{
    const Campus campus;
    {
        SaslHost host(campus.options());
        host.request({"mail"});
        REQUIRE(host.external("mallory") == SASL_OK); // EXTERNAL proved him, and libsasl2 takes no notice
        REQUIRE(host.property("mail").empty());
    }
    SaslHost host(campus.options());
    host.request({"mail"});
    REQUIRE(host.external("away") == SASL_UNAVAIL);
}
