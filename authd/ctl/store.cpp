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
fs::path program_of_authd()
{
    std::error_code error;
    const fs::path own = fs::read_symlink("/proc/self/exe", error).parent_path();
    const fs::path beside = own / "gatehouse-authd";
    return fs::exists(beside, error) ? beside : own.parent_path() / "sbin" / "gatehouse-authd";
}

int become_authd(const std::string& config, const char* option, const std::string& file)
{
    const std::string program = program_of_authd();
    ::execl(program.c_str(), program.c_str(), "--config", config.c_str(), option, file.c_str(),
            static_cast<char*>(nullptr));
    std::fprintf(stderr, "%s: %s\n", program.c_str(), std::strerror(errno));
    return exit_unavailable;
}
} // namespace

int store_backup(const std::string& config, const std::string& file)
{
    return become_authd(config, "--backup", file);
}

int store_restore(const std::string& config, const std::string& file)
{
    return become_authd(config, "--restore", file);
}

} // namespace gatehouse::ctl
