// No client can lock a person out: what is wrong is tried once, and what is guessed stays below the threshold.
#include "support/changes.hpp"
#include "support/clients.hpp"
#include "support/eventually.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <iostream>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
/// Somebody whom the directory locks at the fifth wrong password within five seconds.
struct Lockable {
    Lockable()
    {
        if (Lab::current().is(DirectoryKind::openldap))
            nina.change("policy", "lockable");
    }

    /// The values of an attribute of the person's entry.
    static std::size_t count_values(const std::string& attribute)
    {
        const std::string text = entry(attribute);
        std::size_t count = 0;
        for (std::size_t at = text.find("\n" + attribute + ":"); at != std::string::npos;
             at = text.find("\n" + attribute + ":", at + 1))
            ++count;
        return count;
    }

    /// What the directory itself counts.
    static std::size_t wrong_passwords()
    {
        if (Lab::current().is(DirectoryKind::openldap))
            return count_values("pwdFailureTime");
        const std::string text = entry("badPwdCount");
        const std::size_t at = text.find("\nbadPwdCount: ");
        return at == std::string::npos ? 0 : std::stoul(text.substr(at + 14));
    }

    static bool locked()
    {
        if (Lab::current().is(DirectoryKind::openldap))
            return count_values("pwdAccountLockedTime") > 0;
        const std::string text = entry("lockoutTime");
        const std::size_t at = text.find("\nlockoutTime: ");
        return at != std::string::npos && text.substr(at + 14, 2) != "0\n";
    }

    static std::string entry(const std::string& attribute)
    {
        const Lab& lab = Lab::current();
        const bool openldap = lab.is(DirectoryKind::openldap);
        const auto shown = lab.show(openldap ? "slapd" : "samba-ad");
        const std::string uri = openldap ? shown.at("tls_uri") : "ldaps://" + shown.at("address");
        const Output found = run(
            {"env", "LDAPTLS_CACERT=" + (lab.folder() / "ca/ca.pem").string(), "ldapsearch", "-x", "-LLL", "-H", uri,
             "-D", openldap ? "cn=svc-gatehouse,ou=services,dc=campus,dc=example" : "svc-gatehouse@campus.example",
             "-y", (lab.folder() / (openldap ? "slapd" : "dc1") / "search-password").string(), "-b",
             "dc=campus,dc=example", openldap ? "(uid=nina)" : "(sAMAccountName=nina)", attribute});
        if (!found.ok())
            throw std::runtime_error("ldapsearch: " + found.text());
        return found.out;
    }

    TestPerson nina{"nina"};
};

Reply from(const std::string& address, const std::string& password)
{
    return native_login(Lab::current().door("web"), "web", "nina", password, address);
}
} // namespace

TEST_CASE("promises: a client that repeats a wrong password a thousand times costs the directory one attempt",
          "[openldap][active-directory]")
{
    const Lockable person;
    REQUIRE(eventually(10s, [&] { return from("192.0.2.10", person.nina.password()).told == Told::granted; }));
    const std::size_t before = Lockable::wrong_passwords();
    std::vector<std::future<int>> clients;
    for (int client = 0; client < 50; ++client)
        clients.push_back(std::async(std::launch::async, [] {
            int denied = 0;
            for (int i = 0; i < 20; ++i)
                denied +=
                    saslauthd_login(Lab::current().door("cyrus"), "imap", "nina", "yesterdays").told == Told::denied;
            return denied;
        }));
    int denied = 0;
    for (auto& client : clients)
        denied += client.get();
    const std::size_t after = Lockable::wrong_passwords();
    std::cout << "promises: 1000 times one wrong password: the directory counted " << after - before << '\n';
    CHECK(denied == 1000);
    CHECK(after - before == 1);
    CHECK(from("192.0.2.10", person.nina.password()).told == Told::granted);
}

TEST_CASE("promises: fifty different wrong passwords never lock the account, and its owner gets in",
          "[openldap][active-directory]")
{
    const Lockable person;
    const std::string& right = person.nina.password();
    REQUIRE(eventually(10s, [&] { return from("192.0.2.10", right).told == Told::granted; }));
    int refused = 0;
    int put_off = 0;
    for (int i = 0; i < 50; ++i) {
        const std::string number = std::to_string(i); // a network each: one alone would be slowed
        const Reply guess = from("198.51." + number + ".1", "guess-" + number);
        refused += guess.told == Told::denied;
        put_off += guess.told == Told::unavailable;
        CHECK(from("192.0.2.10", right).told == Told::granted); // its proof is known
    }
    std::cout << "promises: 50 different wrong passwords: " << refused << " refused, " << put_off << " put off\n";
    CHECK(refused + put_off == 50);
    CHECK(put_off > 0);
    CHECK_FALSE(Lockable::locked());
}

} // namespace gatehouse::integration
