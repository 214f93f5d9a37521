#include "kerberos/foreign_names.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace gatehouse::kerberos;

namespace
{
const std::string other = R"(RULE:[1:$1@$0](.*@OTHER\.EXAMPLE)s/@.*//)";

std::shared_ptr<const ForeignNames> names_by(std::vector<std::string> rules)
{
    auto names = ForeignNames::make("CAMPUS.EXAMPLE", std::move(rules));
    REQUIRE(names);
    return *names;
}
} // namespace

TEST_CASE("the first rule that is for a foreign principal names its person", "[unit][kerberos]")
{
    const auto names = names_by({R"(RULE:[1:$1@$0](guest-.*@OTHER\.EXAMPLE)s/.*/guest/)", other,
                                 R"(RULE:[2:$1;$2@$0](mail;.*@OTHER\.EXAMPLE)s/@.*// s/;/-/)"});
    CHECK(names->name_of("bob@OTHER.EXAMPLE") == "bob");
    CHECK(names->name_of("Bob@OTHER.EXAMPLE") == "Bob"); // what that is worth, the gate says
    CHECK(names->name_of("guest-7@OTHER.EXAMPLE") == "guest");
    CHECK(names->name_of("mail/mx1@OTHER.EXAMPLE") == "mail-mx1");
    for (const std::string principal :
         {"bob@other.example", "bob@OTHER.EXAMPLE.EVIL", "bob@EVIL", "host/x@OTHER.EXAMPLE", "bob", "", "@"}) {
        INFO(principal);
        CHECK_FALSE(names->name_of(principal));
    }
}

TEST_CASE("nobody is mapped by a rule that is not there", "[unit][kerberos]")
{
    // As krb5.conf(5) has it, DEFAULT would map the own realm's people when no rule is given.
    CHECK_FALSE(names_by({other})->name_of("bob@CAMPUS.EXAMPLE"));
    CHECK(names_by({"DEFAULT"})->name_of("bob@CAMPUS.EXAMPLE") == "bob");
    CHECK_FALSE(names_by({"DEFAULT"})->name_of("bob@OTHER.EXAMPLE"));
}

TEST_CASE("a principal with something in it that could pass for another one is nobody's", "[unit][kerberos]")
{
    // Another realm that is trusted makes this. A rule sees no more of it than what stands before the NUL.
    const auto others = names_by({R"(RULE:[1:$1@$0]([a-z]+@OTHER\.EXAMPLE)s/@.*//)"});
    CHECK(others->name_of("bob@OTHER.EXAMPLE") == "bob");
    CHECK_FALSE(others->name_of(R"(bob\@OTHER.EXAMPLE\0x@EVIL)"));

    const auto names = names_by({R"(RULE:[1:$1@$0](.*)s/@.*//)"});
    for (const std::string principal : {R"(bob\@OTHER.EXAMPLE@EVIL)", R"(bob\/x@EVIL)", R"(bob\n@EVIL)", "bob\nx@EVIL",
                                        "WELLKNOWN/ANONYMOUS@WELLKNOWN:ANONYMOUS", "bob@WELLKNOWN:ANONYMOUS"}) {
        INFO(principal);
        CHECK_FALSE(names->name_of(principal));
    }
    CHECK_FALSE(names->name_of(std::string(1024, 'b') + "@OTHER.EXAMPLE"));
    CHECK_FALSE(names->name_of(std::string("bob@OTHER.EXAMPLE\0@EVIL", 23)));
}

TEST_CASE("several threads map at once", "[unit][kerberos]")
{
    const auto names = names_by({other});
    std::vector<std::thread> threads;
    std::atomic<int> right{0};
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([&, thread] {
            const std::string name = "person" + std::to_string(thread);
            for (int i = 0; i < 200; ++i)
                right += names->name_of(name + "@OTHER.EXAMPLE") == name ? 1 : 0;
        });
    for (std::thread& thread : threads)
        thread.join();
    CHECK(right == 800);
}
