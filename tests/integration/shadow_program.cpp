#include "shadow_program.hpp"

#include "support/eventually.hpp"

#include <csignal>
#include <sstream>
#include <stdexcept>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
std::vector<std::string> command(const Shadow::Wishes& wishes)
{
    std::vector<std::string> argv{Lab::current().program("authctl").string(),
                                  "--socket",
                                  wishes.control.string(),
                                  "shadow",
                                  "--listen",
                                  wishes.listen.string(),
                                  "--old",
                                  wishes.old.string(),
                                  "--all"};
    argv.insert(argv.end(), wishes.more.begin(), wishes.more.end());
    return argv;
}

/// Nothing is there that a killed one has left: the socket is a sign that it serves.
std::filesystem::path vacated(const std::filesystem::path& socket)
{
    std::filesystem::remove(socket);
    return socket;
}

std::vector<std::string> lines_of(const std::string& text, const std::string& word)
{
    std::vector<std::string> found;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        if (line.starts_with(word + ' '))
            found.push_back(line);
    return found;
}
} // namespace

Shadow::Shadow(const Wishes& wishes)
    : listen_(vacated(wishes.listen)), process_(command(wishes), Lab::current().folder() / "log/shadow.log")
{
    if (!eventually(10s, [&] { return std::filesystem::is_socket(listen_) || !process_.running(); }) ||
        !process_.running())
        throw std::runtime_error("authctl shadow does not serve: " + process_.log());
}

std::vector<std::string> Shadow::lines(const std::string& word, std::size_t count) const
{
    eventually(10s, [&] { return lines_of(process_.log(), word).size() >= count; });
    return lines_of(process_.log(), word);
}

Shadow::End Shadow::end()
{
    process_.signal(SIGTERM);
    const auto status = process_.wait_for_end(40s);
    if (!status)
        throw std::runtime_error("authctl shadow does not end: " + process_.log());
    const std::string log = process_.log();
    const auto sums = lines_of(log, "sums");
    if (sums.empty())
        throw std::runtime_error("authctl shadow says no sums: " + log);
    return {.status = *status, .differences = lines_of(log, "differs"), .sums = sums.back()};
}

std::uint64_t Shadow::End::sum(const std::string& name) const
{
    const std::size_t at = sums.find(' ' + name + '=');
    if (at == std::string::npos)
        throw std::runtime_error("no sum is called " + name + ": " + sums);
    return std::stoull(sums.substr(at + name.size() + 2));
}

} // namespace gatehouse::integration
