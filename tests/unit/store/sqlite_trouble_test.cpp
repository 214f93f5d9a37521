// Files that cannot be used, and what is said about them. Nothing of them is ever deleted.
#include "scratch.hpp"
#include "store/sqlite_connection.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace gatehouse;
using namespace gatehouse::store;

namespace
{
/// Why the store cannot be opened.
std::string trouble(const StoreSettings& settings)
{
    const auto store = open_store(settings);
    if (store)
        return "it was opened";
    return store.error().text;
}

bool says(const std::string& text, std::string_view words)
{
    INFO(text);
    CHECK(text.find(words) != std::string::npos);
    return text.find(words) != std::string::npos;
}

void make_store(const StoreSettings& settings)
{
    claim(*opened(settings), "1", "alice");
}

void execute(const std::string& file, const char* sql)
{
    const auto connection = sure(SqliteConnection::open(file, false));
    if (const auto done = connection.execute(sql); !done)
        FAIL(done.error().text);
}

/// In a process of its own, which may give up rights; its exit status.
int in_child(const std::function<int()>& body)
{
    const pid_t child = ::fork();
    if (child == 0)
        ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

mode_t mode_of(const std::string& file)
{
    struct stat status{};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 07777;
}
} // namespace

TEST_CASE("the store's files are for its owner only", "[store][sqlite]")
{
    const Scratch scratch;
    const mode_t before = ::umask(0);
    const auto store = opened(scratch.settings());
    claim(*store, "1", "alice");
    ::umask(before);
    CHECK(mode_of(scratch / "store.db") == 0600);
    CHECK(mode_of(scratch / "store.db-wal") == 0600);
    CHECK(mode_of(scratch / "store.db.lock") == 0600);
}

TEST_CASE("a second authd on the same file is refused at its start", "[store][sqlite]")
{
    const Scratch scratch;
    {
        const auto first = opened(scratch.settings());
        says(trouble(scratch.settings()), "store.db: another authd uses this store");
        CHECK(claim(*first, "1", "alice") == "alice");
    }
    CHECK(opened(scratch.settings())->mailbox_of("CAMPUS", "1") == "alice"); // the lock ends with its holder
}

TEST_CASE("a database of a later Gatehouse is refused and left alone", "[store][sqlite]")
{
    const Scratch scratch;
    make_store(scratch.settings());
    execute(scratch / "store.db", "UPDATE schema_version SET version = 99");
    const std::string before = content(scratch / "store.db");
    says(trouble(scratch.settings()), "its schema has version 99, and this authd knows up to 2");
    CHECK(content(scratch / "store.db") == before);
}

TEST_CASE("another program's database is refused and left alone", "[store][sqlite]")
{
    const Scratch scratch;
    write(scratch / "store.db", "");
    execute(scratch / "store.db", "CREATE TABLE songs (title TEXT)");
    says(trouble(scratch.settings()), "no store of Gatehouse's, but another program's database");
}

TEST_CASE("a file that is no database is refused and left alone", "[store][sqlite]")
{
    const Scratch scratch;
    const std::string text(8'192, 'x');
    write(scratch / "store.db", text);
    says(trouble(scratch.settings()), "move the file away");
    CHECK(content(scratch / "store.db") == text);
}

TEST_CASE("a damaged database is refused and left alone", "[store][sqlite]")
{
    const Scratch scratch;
    {
        const auto store = opened(scratch.settings());
        for (int i = 0; i < 500; ++i)
            store->saw_network("CAMPUS", std::to_string(i), "10.1.2.0/24", std::chrono::system_clock::now());
    }
    std::string damaged = content(scratch / "store.db");
    REQUIRE(damaged.size() > 40'000);
    damaged.replace(20'000, 9'000, 9'000, '\x55');
    write(scratch / "store.db", damaged);
    says(trouble(scratch.settings()), "Nothing is deleted: stop authd, move the file away");
    CHECK(content(scratch / "store.db") == damaged);
}

TEST_CASE("a folder that is not there is named", "[store][sqlite]")
{
    const Scratch scratch;
    says(trouble({.file = scratch / "nowhere/store.db"}),
         "nowhere/store.db: cannot make it: No such file or directory");
}

TEST_CASE("exactly one kind of database is configured", "[store][sqlite]")
{
    says(trouble({}), "one of them");
    says(trouble({.file = "/x", .postgresql = "host=/x"}), "one of them");
}

TEST_CASE("a store that may only be read is refused at the start", "[store][sqlite]")
{
    const Scratch scratch;
    make_store(scratch.settings());
    REQUIRE(::chmod((scratch / "store.db").c_str(), 0444) == 0);
    REQUIRE(::chmod((scratch / "store.db.lock").c_str(), 0666) == 0);
    REQUIRE(::chmod((scratch / ".").c_str(), 0755) == 0);
    const int status = in_child([&] {
        if (::geteuid() == 0 && ::setuid(65'534) != 0)
            return 1;
        const auto store = open_store(scratch.settings());
        return !store && store.error().text.find("may not be written") != std::string::npos ? 0 : 2;
    });
    CHECK(status == 0);
}

TEST_CASE("a file that cannot grow stops writes, not reads, and loses nothing", "[store][sqlite]")
{
    const Scratch scratch;
    make_store(scratch.settings());
    const int status = in_child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        auto store = open_store(scratch.settings());
        if (!store)
            return 1;
        rlimit before{};
        ::getrlimit(RLIMIT_FSIZE, &before);
        const rlimit full{.rlim_cur = 8'192, .rlim_max = before.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &full);
        for (int i = 0; i < 100; ++i)
            (*store)->saw_network("CAMPUS", std::to_string(i), "10.0.0.0/8", std::chrono::system_clock::now());
        if (!comes_true([&] { return !(*store)->status().usable; }))
            return 2;
        if ((*store)->mailbox_of("CAMPUS", "1") != "alice" ||
            run((*store)->claim_mailbox("CAMPUS", "2", "alice")).value_or("") != "alice2")
            return 3;
        ::setrlimit(RLIMIT_FSIZE, &before);
        return comes_true([&] { return (*store)->status().usable; }) && comes_to_rest(**store) ? 0 : 4;
    });
    CHECK(status == 0);
    const auto store = opened(scratch.settings());
    CHECK(store->mailbox_of("CAMPUS", "2") == "alice2");
    CHECK(store->knows_network("CAMPUS", "99", "10.0.0.0/8", std::chrono::system_clock::now()));
}

TEST_CASE("a disk that is full when authd starts is an error that says so", "[store][sqlite]")
{
    const Scratch scratch;
    const int status = in_child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit full{.rlim_cur = 4'096, .rlim_max = 4'096};
        ::setrlimit(RLIMIT_FSIZE, &full);
        const auto store = open_store(scratch.settings());
        return !store && store.error().text.find("store.db: ") != std::string::npos ? 0 : 1;
    });
    CHECK(status == 0);
    CHECK(claim(*opened(scratch.settings()), "1", "alice") == "alice"); // what it left behind does no harm
}
