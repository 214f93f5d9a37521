#include "kerberos/kdc_set.hpp"

#include <catch2/catch.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

using namespace gatehouse;
using namespace gatehouse::kerberos;
namespace asio = boost::asio;

namespace
{
/// KDCs at three addresses.
struct Three {
    BlockingPool pool{"tests", 1, 4};
    std::shared_ptr<KdcSet> set = std::make_shared<KdcSet>(
        std::vector<KdcName>{{"127.0.0.1", 88}, {"127.0.0.2", 88}, {"127.0.0.3", 88}}, "CAMPUS.EXAMPLE", pool);

    std::vector<Kdc> kdcs()
    {
        std::vector<Kdc> all;
        asio::io_context io;
        asio::co_spawn(
            io,
            [&]() -> Awaitable<void> {
                auto order = co_await set->in_order(Clock::now() + std::chrono::minutes(1));
                REQUIRE(order);
                all = std::move(*order);
            },
            asio::detached);
        io.run();
        return all;
    }

    std::string order()
    {
        std::string digits;
        for (const Kdc& kdc : kdcs())
            digits += kdc.name.back();
        return digits;
    }
};
} // namespace

TEST_CASE("KDCs are asked in the order of the list")
{
    Three three;
    CHECK(three.order() == "123");
    CHECK(three.order() == "123");
}

TEST_CASE("a KDC that failed goes to the end until it answers again")
{
    Three three;
    const std::vector<Kdc> kdcs = three.kdcs();
    for (int i = 0; i < 6; ++i) // put off for half a minute by then
        three.set->failed(kdcs[0], "mute");
    CHECK(three.order() == "231");
    for (int i = 0; i < 6; ++i)
        three.set->failed(kdcs[1], "mute");
    CHECK(three.order() == "312");
    three.set->answered(kdcs[0], std::chrono::milliseconds(3));
    CHECK(three.order() == "132");
}

TEST_CASE("the health of each KDC is told")
{
    Three three;
    const std::vector<Kdc> kdcs = three.kdcs();
    three.set->failed(kdcs[1], "no connection");
    three.set->answered(kdcs[0], std::chrono::milliseconds(3));
    const std::vector<ServerHealth> health = three.set->health();
    REQUIRE(health.size() == 3);
    CHECK(health[0].server == "127.0.0.1");
    CHECK(health[0].usable);
    CHECK(health[0].latency == std::chrono::milliseconds(3));
    CHECK_FALSE(health[1].usable);
    CHECK(health[1].consecutive_failures == 1);
    CHECK(health[1].last_error == "no connection");
}
