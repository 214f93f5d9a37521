#include "base/secret_file.hpp"

#include "../wire/pieces.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace gatehouse;
using namespace gatehouse::test;

namespace
{
/// A folder of its own that ends with it.
class Folder
{
public:
    Folder() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
    ~Folder() { std::filesystem::remove_all(path()); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string path() const { return path_.data(); }
    std::string file(std::string_view content, mode_t mode = 0600) const
    {
        const std::string name = path() + "/secret";
        std::filesystem::remove(name);
        std::ofstream(name, std::ios::binary) << content;
        REQUIRE(::chmod(name.c_str(), mode) == 0);
        return name;
    }

private:
    std::array<char, 32> path_{"/tmp/gatehouse-unit-XXXXXX"};
};

std::string why(const std::string& file)
{
    const auto secret = read_secret_file(file);
    REQUIRE_FALSE(secret);
    REQUIRE(secret.error().kind == ErrorKind::invalid);
    REQUIRE(secret.error().text.starts_with(file + ": ")); // an administrator sees which file
    return secret.error().text;
}
} // namespace

TEST_CASE("a secret is the first line of its file, without its end", "[unit]")
{
    const Folder folder;
    for (const std::string_view content : {"s3cret", "s3cret\n", "s3cret\r\n", "s3cret\nsecond line\n"})
        REQUIRE(read_secret_file(folder.file(content)).value().view() == "s3cret");
    REQUIRE(read_secret_file(folder.file(" spaces count \n")).value().view() == " spaces count ");
    const std::string longest(64 * 1024, 'x');
    REQUIRE(read_secret_file(folder.file(longest)).value().view() == longest);
}

TEST_CASE("a secret's file is for its owner, and for reading by its group", "[unit]")
{
    const Folder folder;
    for (const mode_t mode : {0600U, 0400U, 0640U, 0440U})
        REQUIRE(read_secret_file(folder.file("s3cret", mode)));
    for (const mode_t mode : {0604U, 0602U, 0601U, 0660U, 0620U, 0644U, 0666U, 0777U})
        REQUIRE(why(folder.file("s3cret", mode)).find("chmod") != std::string::npos);
}

TEST_CASE("what holds no secret is an error that says why", "[unit]")
{
    const Folder folder;
    REQUIRE(why(folder.path() + "/missing").find("No such file") != std::string::npos);
    REQUIRE(why(folder.path()).find("not a regular file") != std::string::npos);
    REQUIRE(why(folder.file("")).find("empty") != std::string::npos);
    REQUIRE(why(folder.file("\ns3cret\n")).find("empty") != std::string::npos);
    REQUIRE(why(folder.file(std::string(64 * 1024 + 1, 'x'))).find("64 KiB") != std::string::npos);

    const std::string fifo = folder.path() + "/fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    REQUIRE(why(fifo).find("not a regular file") != std::string::npos); // and does not wait for a writer
}

TEST_CASE("a full arena is told apart from a bad file", "[unit]")
{
    const Folder folder;
    const std::string file = folder.file("s3cret");
    const FullArena full;
    REQUIRE(read_secret_file(file).error().kind == ErrorKind::limit);
}
