#include "base/socket_file.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace gatehouse
{

namespace
{
constexpr int backlog = 1024;

std::string because(const std::string& path, const std::string& what)
{
    return "socket " + path + ": " + what + ": " + std::strerror(errno);
}

sockaddr_un address_of(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

bool somebody_serves(const std::string& path)
{
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const sockaddr_un address = address_of(path);
    const int rc = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    const bool served = rc == 0 || errno == EAGAIN || errno == EINPROGRESS;
    ::close(fd);
    return served;
}

Result<void> remove_stale(const std::string& path)
{
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0)
        return {};
    if (!S_ISSOCK(status.st_mode))
        return invalid("socket " + path +
                       ": something that is not a socket is there; move it away or choose another path");
    if (somebody_serves(path))
        return invalid("socket " + path + ": another program serves it; stop that program or choose another path");
    if (::unlink(path.c_str()) != 0)
        return unavailable(because(path, "cannot remove the stale socket"));
    return {};
}

Result<void> set_access(const SocketSettings& settings)
{
    uid_t owner = static_cast<uid_t>(-1);
    gid_t group = static_cast<gid_t>(-1);
    if (!settings.owner.empty()) {
        const passwd* user = ::getpwnam(settings.owner.c_str());
        if (user == nullptr)
            return invalid("socket " + settings.path + ": there is no user \"" + settings.owner + "\"");
        owner = user->pw_uid;
    }
    if (!settings.group.empty()) {
        const ::group* entry = ::getgrnam(settings.group.c_str());
        if (entry == nullptr)
            return invalid("socket " + settings.path + ": there is no group \"" + settings.group + "\"");
        group = entry->gr_gid;
    }
    if (::lchown(settings.path.c_str(), owner, group) != 0)
        return unavailable(
            because(settings.path, "cannot give it to " + settings.owner + ":" + settings.group +
                                       " (make gatehouse a member of the group, or leave owner and group out)"));
    if (::chmod(settings.path.c_str(), static_cast<mode_t>(settings.mode)) != 0)
        return unavailable(because(settings.path, "cannot set its mode"));
    return {};
}

Result<void> bind_and_listen(int fd, const SocketSettings& settings)
{
    const sockaddr_un address = address_of(settings.path);
    const mode_t previous = ::umask(0777); // nobody may connect before set_access says who
    const int rc = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::umask(previous);
    if (rc != 0)
        return unavailable(
            because(settings.path, "cannot make it (does its folder exist, and may this user write there?)"));
    if (auto set = set_access(settings); !set)
        return set;
    if (::listen(fd, backlog) != 0)
        return unavailable(because(settings.path, "cannot listen"));
    return {};
}
} // namespace

Result<int> open_socket_file(const SocketSettings& settings)
{
    if (settings.path.size() >= sizeof(sockaddr_un::sun_path))
        return invalid("socket " + settings.path + ": the path is longer than 107 bytes");
    if (auto removed = remove_stale(settings.path); !removed)
        return std::unexpected(removed.error());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return unavailable(because(settings.path, "cannot make a socket"));
    if (auto bound = bind_and_listen(fd, settings); !bound) {
        ::close(fd);
        return std::unexpected(bound.error());
    }
    return fd;
}

std::uint64_t inode_of(const std::string& path)
{
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_ino) : 0;
}

} // namespace gatehouse
