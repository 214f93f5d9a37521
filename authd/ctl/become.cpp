#include "ctl/become.hpp"

#include "ctl/verbs.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace gatehouse::ctl
{

namespace
{
namespace fs = std::filesystem;

/// Beside authctl, or where it is installed: in sbin beside the bin of authctl.
fs::path path_of(const std::string& program)
{
    std::error_code error;
    const fs::path own = fs::read_symlink("/proc/self/exe", error).parent_path();
    const fs::path beside = own / program;
    return fs::exists(beside, error) ? beside : own.parent_path() / "sbin" / program;
}
} // namespace

int become(const std::string& program, const std::vector<std::string>& arguments)
{
    const std::string path = path_of(program);
    std::vector<char*> argv{const_cast<char*>(path.c_str())}; // execv does not write there
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    ::execv(path.c_str(), argv.data());
    std::fprintf(stderr, "%s: %s\n", path.c_str(), std::strerror(errno));
    return exit_unavailable;
}

} // namespace gatehouse::ctl
