#include "scratch.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace gatehouse;
using namespace gatehouse::store;
using namespace std::chrono_literals;

namespace
{
std::string refusal(const StoreSettings& settings, const std::string& file)
{
    const auto restored = restore_store(settings, file);
    return restored ? "it was restored" : restored.error().text;
}

bool has(const std::string& text, std::string_view words)
{
    INFO(text);
    CHECK(text.find(words) != std::string::npos);
    return text.find(words) != std::string::npos;
}
} // namespace

TEST_CASE("a backup holds everything, while the store is in use, and comes back", "[store]")
{
    const Scratch scratch;
    const std::string file = scratch / "backup";
    const StoreSettings other{.file = scratch / "other.db"};
    const std::string bytes("\0\xFF\n\"", 4);
    const WallTime now = std::chrono::system_clock::now();
    {
        const auto store = opened(scratch.settings());
        claim(*store, "1", "alice");
        claim(*store, "2", "j\xC3\xBCrgen \"quoted\"@campus.example");
        claim(*store, "3", "alice");
        store->saw_network("CAMPUS", "1", "10.1.2.0/24", now);
        count(*store, "alice", 1h, 7);
        CHECK(run(store->keep("key", bytes)));
        CHECK(run(store->keep("gone", "bytes")));
        CHECK(run(store->keep("gone", "")));
        REQUIRE(comes_to_rest(*store));
        const BackupSize size = sure(backup_store(scratch.settings(), file));
        CHECK(size.mailboxes == 3);
        CHECK(size.networks == 1);
        CHECK(size.counters == 1);
        CHECK(size.kept == 1);
        claim(*store, "4", "later");
    }
    struct stat status{};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);

    CHECK(sure(restore_store(other, file)).mailboxes == 3);
    const auto store = opened(other);
    CHECK(store->mailbox_of("CAMPUS", "1") == "alice");
    CHECK(store->mailbox_of("CAMPUS", "2") == "j\xC3\xBCrgen \"quoted\"@campus.example");
    CHECK(store->mailbox_of("CAMPUS", "3") == "alice2");
    CHECK_FALSE(store->mailbox_of("CAMPUS", "4"));
    CHECK(claim(*store, "5", "alice") == "alice3");
    CHECK(store->knows_network("CAMPUS", "1", "10.1.2.0/24", now));
    CHECK(count(*store, "alice", 1h, 0) == 7);
    CHECK(sure(run(store->kept("key"))) == bytes);
}

TEST_CASE("a backup of a stopped store changes nothing and replaces an older file whole", "[store]")
{
    const Scratch scratch;
    claim(*opened(scratch.settings()), "1", "alice");
    const std::string before = content(scratch / "store.db");
    write(scratch / "backup", "old");
    CHECK(sure(backup_store(scratch.settings(), scratch / "backup")).mailboxes == 1);
    CHECK(content(scratch / "store.db") == before);
    CHECK(content(scratch / "backup").starts_with("{\"gatehouse_store\":1}\n"));
    CHECK_FALSE(std::filesystem::exists(scratch / "backup.part"));

    CHECK_FALSE(backup_store({.file = scratch / "nowhere.db"}, scratch / "backup"));
    CHECK_FALSE(std::filesystem::exists(scratch / "nowhere.db"));
    CHECK_FALSE(backup_store(scratch.settings(), scratch / "nowhere/backup"));
    CHECK(content(scratch / "backup").size() > 10);
}

TEST_CASE("a backup is restored only where it can do no harm", "[store]")
{
    const Scratch scratch;
    const std::string file = scratch / "backup";
    claim(*opened(scratch.settings()), "1", "alice");
    sure(backup_store(scratch.settings(), file));
    has(refusal(scratch.settings(), file), "holds 1 mailbox names already");
    {
        const auto in_use = opened({.file = scratch / "other.db"});
        has(refusal({.file = scratch / "other.db"}, file), "another authd uses this store");
    }
    CHECK(restore_store({.file = scratch / "other.db"}, file)); // there, but empty
}

TEST_CASE("a backup that is not whole is not restored", "[store]")
{
    const Scratch scratch;
    const std::string file = scratch / "backup";
    const StoreSettings other{.file = scratch / "other.db"};
    {
        const auto store = opened(scratch.settings());
        claim(*store, "1", "alice");
        claim(*store, "2", "bob");
    }
    sure(backup_store(scratch.settings(), file));
    const std::string whole = content(file);
    const std::size_t second = whole.find('\n') + 1;
    const std::size_t third = whole.find('\n', second) + 1;
    const std::size_t last = whole.rfind('\n', whole.size() - 2) + 1;

    write(file, whole.substr(0, last));
    has(refusal(other, file), "it ends too early, after 3 lines");
    write(file, whole.substr(0, second) + whole.substr(third));
    has(refusal(other, file), "lines are missing");
    write(file, whole.substr(0, last - 3) + "\n" + whole.substr(last));
    has(refusal(other, file), ":3: not a line of a backup");
    write(file, "{\"gatehouse_store\":2}\n" + whole.substr(second));
    has(refusal(other, file), "a later Gatehouse");
    write(file, "{\"other\":1}\n" + whole.substr(second));
    has(refusal(other, file), ":1: not a line of a backup");
    write(file, "");
    has(refusal(other, file), "ends too early");
    has(refusal(other, scratch / "nowhere"), "nowhere: No such file");
    CHECK_FALSE(std::filesystem::exists(other.file));
    write(file, whole);
    CHECK(sure(restore_store(other, file)).mailboxes == 2);
}

TEST_CASE("what root restores belongs to whom the folder belongs", "[store]")
{
    if (::geteuid() != 0)
        return;
    const Scratch scratch;
    const std::string file = scratch / "backup";
    claim(*opened(scratch.settings()), "1", "alice");
    sure(backup_store(scratch.settings(), file));
    const std::string folder = scratch / "state";
    REQUIRE(::mkdir(folder.c_str(), 0700) == 0);
    REQUIRE(::chown(folder.c_str(), 65534, 65534) == 0);
    sure(restore_store({.file = folder + "/store.db"}, file));
    for (const char* const name : {"/store.db", "/store.db.lock"}) {
        struct stat status{};
        REQUIRE(::stat((folder + name).c_str(), &status) == 0);
        CHECK(status.st_uid == 65534);
        CHECK((status.st_mode & 07777) == 0600);
    }
}
