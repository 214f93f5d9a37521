#pragma once

#include "identity/exchange.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

namespace gatehouse
{

inline Exchange::Step say(Exchange& exchange, std::string_view message)
{
    Secret secret;
    REQUIRE(secret.append(message));
    return exchange.step(std::move(secret));
}

inline std::string challenge(const Exchange::Step& step)
{
    REQUIRE(std::holds_alternative<Exchange::Continue>(step));
    return std::get<Exchange::Continue>(step).challenge;
}

inline bool is_broken(const Exchange::Step& step)
{
    return std::holds_alternative<Exchange::Broken>(step);
}

} // namespace gatehouse
