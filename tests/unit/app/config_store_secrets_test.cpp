// Which listener is a store's, which may open stores, with which keys; and where the directory says who is where.
#include "app/config.hpp"
#include "app/store_keys.hpp"

#include <catch2/catch.hpp>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

using namespace gatehouse::app;

namespace
{
/// A file in memory with a mode.
class File
{
public:
    explicit File(const std::string& text, mode_t mode = 0600) : fd_(::memfd_create("file", 0))
    {
        REQUIRE(::write(fd_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
        REQUIRE(::fchmod(fd_, mode) == 0);
    }
    ~File() { ::close(fd_); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

private:
    int fd_;
};

std::string text_with(const std::string& door, const std::string& of_listener, const std::string& at_top = {},
                      const std::string& people = {})
{
    return "audit: {file: \"-\"}\n" + at_top +
           "realms:\n  - name: CAMPUS\n    directory: {type: openldap, servers: [a], people: {base: dc=a" + people +
           "}}\nlisteners:\n  - name: l\n    socket: {path: /run/x}\n    door: " + door + "\n    " + of_listener + "\n";
}

/// Without the file's name and line.
std::string fault_of(const std::string& text)
{
    const auto config = read_config(File(text).path());
    if (config)
        return "no fault";
    const std::string& fault = config.error().text;
    return fault.substr(fault.find(": ") + 2);
}
} // namespace

TEST_CASE("a listener names its store, and one of our own programs may open stores", "[unit][config]")
{
    for (const std::string door : {"saslauthd", "dovecot", "native"}) {
        const auto config = read_config(File(text_with(door, "store: imap1.campus.example")).path());
        REQUIRE(config);
        CHECK(config->listeners[0].pins.store == "imap1.campus.example");
        CHECK_FALSE(config->listeners[0].pins.may_open_stores);
    }
    CHECK(read_config(File(text_with("native", "may_open_stores: true")).path())->listeners[0].pins.may_open_stores);
    CHECK(fault_of(text_with("saslauthd", "may_open_stores: true")) ==
          "listeners[0].may_open_stores: door saslauthd has no use for this key");
    CHECK(fault_of(text_with("dovecot-userdb", "account: {uid: 5, gid: 5, home: /}\n    store: s")) ==
          "listeners[0].store: door dovecot-userdb has no use for this key");
    CHECK(fault_of(text_with("saslauthd", "store: imap1:143")) ==
          "listeners[0].store: expected a store's name of 1 to 64 letters, digits, '.', '-' and '_', found "
          "\"imap1:143\"");
}

TEST_CASE("keys of store secrets are private files of 32 bytes at least", "[unit][config]")
{
    const File new_key(std::string(32, 'n') + "\n");
    const File old_key(std::string(44, 'o'));
    const File short_key(std::string(31, 's') + "\nand more than that on another line\n");
    const File open_key(std::string(32, 'x'), 0644);
    const auto with = [](const std::string& files) {
        return text_with("native", "may_open_stores: true", "store_secrets: {key_files: [" + files + "]}\n");
    };
    const auto config = read_config(File(with(new_key.path() + ", " + old_key.path())).path());
    REQUIRE(config);
    CHECK(config->store_key_files == std::vector{new_key.path(), old_key.path()});
    const auto keys = read_store_keys(config->store_key_files);
    REQUIRE(keys);
    REQUIRE((*keys)->size() == 2);
    CHECK((*keys)->front().view() == std::string(32, 'n'));
    CHECK((*keys)->back().size() == 44);
    CHECK(read_store_keys({}).value() == nullptr);

    CHECK(fault_of(with(short_key.path())).contains("shorter than 32 bytes"));
    CHECK(fault_of(with(open_key.path())).contains("others may read"));
    CHECK(fault_of(with("/nowhere/key")).contains("cannot open"));
    CHECK(fault_of(with("")).starts_with("store_secrets.key_files: "));
    CHECK(fault_of(text_with("native", "may_open_stores: true", "store_secrets: {}\n")) ==
          "store_secrets: missing key \"key_files\"");
    CHECK_FALSE(read_store_keys({new_key.path(), short_key.path()}));
}

TEST_CASE("the attribute with a person's mail store is mailHost in OpenLDAP unless it is another one", "[unit][config]")
{
    const auto attribute = [](const std::string& people) {
        const auto config = read_config(File(text_with("native", "may_find: true", {}, people)).path());
        return std::get<gatehouse::directory::OpenLdapSettings>(config.value().realms[0].directory).mail_host_attribute;
    };
    CHECK(attribute("") == "mailHost");
    CHECK(attribute(", mail_host: mailStore") == "mailStore");
}
