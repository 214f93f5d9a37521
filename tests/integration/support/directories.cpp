#include "support/directories.hpp"

#include "support/eventually.hpp"
#include "support/own_authd.hpp"

#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace gatehouse::integration
{

DirectoryServer::DirectoryServer(int number) : number_(number)
{
    const Lab& lab = Lab::current();
    const bool copy = number == 2;
    if (lab.is(DirectoryKind::active_directory)) {
        script_ = "samba-ad";
        option_ = copy ? std::vector<std::string>{"--dc", "2"} : std::vector<std::string>{};
    } else {
        script_ = "slapd";
        option_ = copy ? std::vector<std::string>{"--copy", "2"} : std::vector<std::string>{};
        const Place place = lab.place(copy ? "ldaps-2" : "ldaps");
        name_ = place.host + ":" + std::to_string(place.port);
    }
    start();
    if (name_.empty())
        name_ = shown("address"); // authd leaves the standard port out
}

DirectoryServer::~DirectoryServer()
{
    try {
        thaw();
        command(number_ == 1 ? "up" : "down");
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
    }
}

void DirectoryServer::command(const std::string& verb) const
{
    std::vector<std::string> words{verb};
    words.insert(words.end(), option_.begin(), option_.end());
    // Joining a domain takes a minute on a busy machine.
    Lab::current().must(script_, words, {.timeout = std::chrono::minutes(3)});
}

void DirectoryServer::settle() const
{
    const Lab& lab = Lab::current();
    const bool dc = lab.is(DirectoryKind::active_directory);
    const std::string folder = dc ? "dc" + std::to_string(number_) : number_ == 1 ? "slapd" : "slapd-2";
    const std::vector<std::string> bind{
        "ldapsearch", "-x",
        "-H",         shown("tls_uri"),
        "-D",         dc ? "svc-gatehouse@campus.example" : "cn=svc-gatehouse,ou=services,dc=campus,dc=example",
        "-y",         (lab.folder() / folder / "search-password").string(),
        "-LLL",       "-s",
        "base",       "-b",
        "",           "vendorName"};
    const Environment trust{{"LDAPTLS_CACERT", (lab.folder() / "ca/ca.pem").string()}};
    int quick_in_a_row = 0;
    const bool settled = eventually(std::chrono::minutes(2), [&] {
        Output output;
        const auto took = time_of([&] { output = run(bind, {.environment = trust}); });
        quick_in_a_row = output.ok() && took < std::chrono::milliseconds(500) ? quick_in_a_row + 1 : 0;
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        return quick_in_a_row >= 10;
    });
    if (!settled)
        throw std::runtime_error(name_ + " does not answer quickly");
}

std::string DirectoryServer::shown(const std::string& name) const
{
    std::vector<std::string> words{"show"};
    words.insert(words.end(), option_.begin(), option_.end());
    std::istringstream lines(Lab::current().must(script_, words).out);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(name + "="))
            return line.substr(name.size() + 1);
    return {};
}

pid_t DirectoryServer::pid() const
{
    return std::atoi(shown("pid").c_str());
}

void DirectoryServer::kill() const
{
    const pid_t target = pid();
    if (target <= 0)
        throw std::runtime_error(name_ + " does not run");
    ::kill(target, SIGKILL);
}

void DirectoryServer::freeze() const
{
    const pid_t target = pid();
    if (target <= 0)
        throw std::runtime_error(name_ + " does not run");
    ::kill(target, SIGSTOP);
}

void DirectoryServer::thaw() const
{
    if (const pid_t target = pid(); target > 0)
        ::kill(target, SIGCONT);
}

std::string realm_with_both_servers(const DirectoryServer& first, const DirectoryServer& second)
{
    if (Lab::current().is(DirectoryKind::active_directory))
        return active_directory_realm({first.name(), second.name()});
    return realm_yaml(OpenLdapRealm{.servers = {first.name(), second.name()}});
}

} // namespace gatehouse::integration
