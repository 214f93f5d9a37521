#include "support/lab.hpp"

#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace gatehouse::integration
{

namespace
{
std::string variable(const char* name)
{
    const char* const value = std::getenv(name);
    if (value == nullptr || *value == '\0')
        throw std::runtime_error(std::string(name) +
                                 " is not set: run these tests with ctest, which sets up their lab");
    return value;
}

std::map<std::string, std::string> assignments(const std::string& text)
{
    std::map<std::string, std::string> found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (const auto at = line.find('='); at != std::string::npos)
            found[line.substr(0, at)] = line.substr(at + 1);
    return found;
}

/// The ports have their numbers in lab.sh only.
std::map<std::string, std::uint16_t, std::less<>> ports_of(const std::filesystem::path& scripts)
{
    const std::string listing =
        R"sh(. "$1"; for name in "${!PORT_OFFSETS[@]}"; do echo "$name=$(port "$name")"; done)sh";
    const Output output = run({"bash", "-c", listing, "ports", (scripts / "lab.sh").string()});
    std::map<std::string, std::uint16_t, std::less<>> ports;
    for (const auto& [name, number] : assignments(output.out))
        ports[name] = static_cast<std::uint16_t>(std::stoul(number));
    if (ports.empty())
        throw std::runtime_error("tests/lab/lab.sh tells no ports: " + output.text());
    return ports;
}
} // namespace

const Lab& Lab::current()
{
    static const Lab lab;
    return lab;
}

Lab::Lab()
    : directory_(directory_kind(variable("GATEHOUSE_DIRECTORY"))),
      scripts_(GATEHOUSE_LAB_SCRIPTS),
      folder_(std::filesystem::weakly_canonical(variable("GATEHOUSE_LAB"))),
      bin_(variable("GATEHOUSE_BIN")),
      address_(variable("GATEHOUSE_ADDRESS")),
      people_(scripts_ / "people.json", directory_),
      ports_(ports_of(scripts_))
{
}

Place Lab::place(std::string_view port_name) const
{
    const auto found = ports_.find(port_name);
    if (found == ports_.end())
        throw std::out_of_range("tests/lab/lab.sh has no port \"" + std::string(port_name) + "\"");
    return {.host = address_, .port = found->second};
}

Place Lab::door(std::string_view name) const
{
    return {.path = folder_ / "doors" / name};
}

std::string Lab::realms_yaml() const
{
    const std::string text = read_file(folder_ / "authd/authd.yaml");
    const std::size_t begin = text.find("realms:\n");
    const std::size_t end = text.find("\nservices:\n");
    if (begin == std::string::npos || end == std::string::npos)
        throw std::runtime_error("the lab's authd.yaml is not what tests/lab/authd writes: " + text);
    return text.substr(begin + 8, end - begin - 8);
}

Output Lab::script(std::string_view name, const std::vector<std::string>& words, const RunOptions& options) const
{
    std::vector<std::string> argv{(scripts_ / name).string()};
    argv.insert(argv.end(), words.begin(), words.end());
    return run(argv, options);
}

Output Lab::must(std::string_view name, const std::vector<std::string>& words, const RunOptions& options) const
{
    Output output = script(name, words, options);
    if (!output.ok())
        throw std::runtime_error("tests/lab/" + std::string(name) + ": " + output.text());
    return output;
}

std::map<std::string, std::string> Lab::show(std::string_view name) const
{
    return assignments(must(name, {"show"}).out);
}

Output Lab::authctl(const std::vector<std::string>& words, const RunOptions& options) const
{
    std::vector<std::string> argv{program("authctl").string(), "--socket", door("control").path.string()};
    argv.insert(argv.end(), words.begin(), words.end());
    return run(argv, options);
}

Secret secret(std::string_view text)
{
    Secret secret;
    if (!secret.append(text))
        throw std::runtime_error("this test's secret memory is full");
    return secret;
}

} // namespace gatehouse::integration
