#include "ad_feed_lab.hpp"

#include <cmath>
#include <sstream>

namespace gatehouse::integration
{

std::string shown(const std::string& name, const std::vector<std::string>& option)
{
    std::vector<std::string> words{"show"};
    words.insert(words.end(), option.begin(), option.end());
    std::istringstream lines(Lab::current().must("samba-ad", words).out);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(name + '='))
            return line.substr(name.size() + 1);
    return {};
}

WallTime change_directory(std::vector<std::string> words, const std::string& input)
{
    words.insert(words.begin(), "change");
    const std::string out = Lab::current().must("samba-ad", words, {.input = input}).out;
    return WallTime(std::chrono::milliseconds(std::llround(1000 * std::stod(out.substr(out.find('=') + 1)))));
}

directory::ActiveDirectorySettings lab_settings(std::vector<std::string> hosts)
{
    directory::ActiveDirectorySettings settings;
    settings.realm = "CAMPUS";
    settings.servers.hosts = std::move(hosts);
    settings.tls.ca_file = shown("ca");
    settings.bind = {"svc-gatehouse@campus.example", (Lab::current().folder() / "dc1/search-password").string()};
    settings.base = "CN=Users,DC=campus,DC=example";
    settings.deletions_interval = std::chrono::seconds(3);
    return settings;
}

} // namespace gatehouse::integration
