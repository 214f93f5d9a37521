#include "store/mailbox_name.hpp"
#include "store/mailboxes.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>

using namespace gatehouse::store;

namespace
{
std::string guid(unsigned number)
{
    char text[37];
    std::snprintf(text, sizeof text, "%08x-83a2-4c1f-9d5e-%012x", number * 2654435761U, number);
    return text;
}
} // namespace

TEST_CASE("everybody gets back their own mailbox name", "[store]")
{
    Mailboxes mailboxes;
    constexpr unsigned people = 20'000;
    for (unsigned i = 0; i < people; ++i)
        mailboxes.put({i % 2 == 0 ? "CAMPUS" : "LAB", guid(i), "person" + std::to_string(i)});
    REQUIRE(mailboxes.size() == people);
    for (unsigned i = 0; i < people; ++i) {
        REQUIRE(mailboxes.find(i % 2 == 0 ? "CAMPUS" : "LAB", guid(i)) == "person" + std::to_string(i));
        REQUIRE_FALSE(mailboxes.find(i % 2 == 0 ? "LAB" : "CAMPUS", guid(i)));
        REQUIRE(mailboxes.taken("PERSON" + std::to_string(i)));
    }
    CHECK_FALSE(mailboxes.taken("person"));
    CHECK_FALSE(mailboxes.find("CAMPUS", guid(people)));
}

TEST_CASE("ids of any form are told apart", "[store]")
{
    Mailboxes mailboxes;
    const std::string id = "01234567-89ab-cdef-0123-456789abcdef";
    const std::string packed("\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef", 16);
    const std::string upper = "01234567-89AB-CDEF-0123-456789ABCDEF";
    const std::string no_guid = "01234567_89ab-cdef-0123-456789abcdef";
    mailboxes.put({"R", id, "a"});
    mailboxes.put({"R", packed, "b"});
    mailboxes.put({"R", upper, "c"});
    mailboxes.put({"R", no_guid, "d"});
    mailboxes.put({"R", std::string(max_name, 'x'), std::string(max_name, 'y')});
    CHECK(mailboxes.find("R", id) == "a");
    CHECK(mailboxes.find("R", packed) == "b");
    CHECK(mailboxes.find("R", upper) == "c");
    CHECK(mailboxes.find("R", no_guid) == "d");
    CHECK(mailboxes.find("R", std::string(max_name, 'x')) == std::string(max_name, 'y'));
}

TEST_CASE("a name that is put again replaces the first, which stays taken", "[store]")
{
    Mailboxes mailboxes;
    mailboxes.put({"R", "1", "alice"});
    mailboxes.put({"R", "1", "alice2"});
    CHECK(mailboxes.find("R", "1") == "alice2");
    CHECK(mailboxes.size() == 1);
    CHECK(mailboxes.taken("alice"));
    CHECK(mailboxes.taken("Alice2"));
}

TEST_CASE("look-ups are right while others put", "[store]")
{
    Mailboxes mailboxes;
    mailboxes.put({"R", guid(0), "alice"});
    std::atomic<bool> wrong = false;
    std::thread reader([&] {
        for (int i = 0; i < 20'000; ++i)
            if (mailboxes.find("R", guid(0)) != "alice")
                wrong = true;
    });
    for (unsigned i = 1; i < 5'000; ++i)
        mailboxes.put({"R", guid(i), "person" + std::to_string(i)});
    reader.join();
    CHECK_FALSE(wrong);
}

TEST_CASE("further mailbox names have a number, before the domain", "[store]")
{
    CHECK(candidate("alice", 1) == "alice");
    CHECK(candidate("alice", 2) == "alice2");
    CHECK(candidate("alice@campus.example", 1) == "alice@campus.example");
    CHECK(candidate("alice@campus.example", 13) == "alice13@campus.example");
    CHECK(folded("Alice@Campus.Example") == "alice@campus.example");
    CHECK(folded("\xC3\x84") != folded("\xC3\xA4")); // A and a with diaeresis: bytes decide beyond ASCII
}

TEST_CASE("what cannot be stored is refused", "[store]")
{
    CHECK(storable("id", "j\xC3\xBCrgen"));
    CHECK(storable("id", std::string(max_name, 'x')));
    CHECK_FALSE(storable("id", ""));
    CHECK_FALSE(storable("id", std::string(max_name + 1, 'x')));
    CHECK_FALSE(storable("id", std::string("a\0b", 3)));
    CHECK_FALSE(storable("id", "a\nb"));
    CHECK_FALSE(storable("id", "\xFF"));
}
