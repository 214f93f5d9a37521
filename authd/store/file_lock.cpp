#include "store/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <tuple>
#include <utility>

namespace gatehouse::store
{

int make_own_file(const std::string& file)
{
    // By hand, since a library would let the umask decide.
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat folder{};
    if (fd >= 0 && ::geteuid() == 0 && ::stat(std::filesystem::absolute(file).parent_path().c_str(), &folder) == 0)
        std::ignore = ::fchown(fd, folder.st_uid, folder.st_gid);
    return fd;
}

Result<FileLock> FileLock::take(const std::string& file)
{
    const int made = make_own_file(file);
    FileLock lock(made >= 0 ? made : ::open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (lock.fd_ < 0)
        return unavailable(file + ": cannot open: " + std::strerror(errno));
    if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0)
        return over_limit(file + ": another process holds it");
    return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock::~FileLock()
{
    if (fd_ >= 0)
        ::close(fd_);
}

} // namespace gatehouse::store
