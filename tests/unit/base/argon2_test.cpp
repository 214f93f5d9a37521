#include "base/argon2.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

using gatehouse::argon2_cost;
using gatehouse::Argon2Cost;
using gatehouse::hash_password;
using gatehouse::Secret;
using gatehouse::unmatched_hash;
using gatehouse::verify_password;

namespace
{
Secret secret(std::string_view text)
{
    Secret secret;
    REQUIRE(secret.append(text));
    return secret;
}

// Computed by another implementation (noble-hashes, JavaScript).
const std::string foreign =
    "$argon2id$v=19$m=8192,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$O8OCkAvhpQhmReVkNUjdbJd0jPyUmAqlZerzPg8/0Ps";
const std::string foreign_lanes =
    "$argon2id$v=19$m=64,t=1,p=2$MDEyMzQ1Njc4OWFiY2RlZg$SxSH0vf0Kcm8Cw6p+3YTBZ1n8PxIZCqdGtTcJEQOJAE";
} // namespace

TEST_CASE("a hash that another program made is verified", "[unit][local]")
{
    CHECK(verify_password(foreign, secret("correct horse")).value());
    CHECK_FALSE(verify_password(foreign, secret("correct horsE")).value());
    CHECK_FALSE(verify_password(foreign, secret("correct hors")).value());
    CHECK_FALSE(verify_password(foreign, Secret{}).value());
    CHECK(verify_password(foreign_lanes, secret("p\xc3\xa4ssw\xc3\xb6rd")).value());
}

TEST_CASE("a password is hashed at the default cost with a salt of its own", "[unit][local]")
{
    const Secret password = secret(std::string("with a NUL \0 inside", 19));
    const auto first = hash_password(password).value();
    const auto second = hash_password(password).value();
    CHECK(first != second);
    CHECK(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    CHECK(argon2_cost(first).value() == Argon2Cost{});
    CHECK(verify_password(first, password).value());
    CHECK(verify_password(second, password).value());
    CHECK_FALSE(verify_password(first, secret("with a NUL ")).value());
    CHECK_FALSE(hash_password(Secret{}));
}

TEST_CASE("only argon2id hashes of bearable cost are taken", "[unit][local]")
{
    CHECK(argon2_cost(foreign).value() == Argon2Cost{.memory = 8192, .passes = 2, .lanes = 1});
    const auto edited = [](std::string_view from, std::string_view to) {
        std::string hash = foreign;
        hash.replace(hash.find(from), from.size(), to);
        return argon2_cost(hash);
    };
    CHECK(edited("m=8192,t=2,p=1", "m=1048576,t=16,p=8"));
    for (const std::string_view costly : {"m=1048577,t=2,p=1", "m=8192,t=17,p=1", "m=8192,t=2,p=9"}) {
        INFO(costly);
        CHECK(edited("m=8192,t=2,p=1", costly).error().text.starts_with("the hash costs too much"));
    }
    for (const std::string_view wrong :
         {"m=0,t=2,p=1", "m=8192,t=0,p=1", "m=8192,t=2,p=0", "m=8,t=2,p=2", "m=8192,t=2", "t=2,m=8192,p=1",
          "m=8192,t=2,p=1,keyid=a", "m=-1,t=2,p=1", "m=8192x,t=2,p=1", "m=99999999999,t=2,p=1"}) {
        INFO(wrong);
        CHECK_FALSE(edited("m=8192,t=2,p=1", wrong));
    }
    CHECK_FALSE(edited("argon2id", "argon2i"));
    CHECK_FALSE(edited("v=19", "v=16"));
    CHECK_FALSE(edited("MDEyMzQ1Njc4OWFiY2RlZg", "MDEyMw"));
    CHECK_FALSE(edited("MDEyMzQ1Njc4OWFiY2RlZg", "MDEyMzQ1Njc4OWFiY2RlZg=="));
    CHECK_FALSE(edited("O8OCkAvhpQhmReVkNUjdbJd0jPyUmAqlZerzPg8/0Ps", "O8OC"));
    CHECK_FALSE(argon2_cost("hunter2"));
    CHECK_FALSE(argon2_cost(""));
    CHECK_FALSE(argon2_cost("$6$salt$digest"));
    CHECK_FALSE(argon2_cost(foreign + "$"));
}

TEST_CASE("what costs the same as a person's hash has no password", "[unit][local]")
{
    const Argon2Cost cost{.memory = 64, .passes = 3, .lanes = 2};
    CHECK(argon2_cost(unmatched_hash(cost)).value() == cost);
    const auto answer = verify_password(unmatched_hash(cost), secret("anything"));
    REQUIRE(answer); // computed to the end: an undecodable hash would return at once and be told from a person's
    CHECK_FALSE(*answer);
}
