#include "base/secret_file.hpp"

#include <openssl/crypto.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace gatehouse
{

namespace
{
constexpr std::size_t max_secret_file = 64 * 1024;

class Descriptor
{
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor()
    {
        if (fd_ >= 0)
            ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

private:
    int fd_;
};

Result<Secret> read_first_line(const std::string& file, int fd)
{
    Secret secret;
    std::array<std::uint8_t, 4096> piece;
    for (;;) {
        const ssize_t n = ::read(fd, piece.data(), piece.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return invalid(file + ": cannot read: " + std::strerror(errno));
        const bool kept = secret.append(std::span(piece).first(static_cast<std::size_t>(n)));
        OPENSSL_cleanse(piece.data(), piece.size());
        if (!kept)
            return over_limit(file + ": the secret memory is full");
        if (n == 0)
            break;
        if (secret.size() > max_secret_file)
            return invalid(file + ": larger than 64 KiB: not a secret");
    }
    const std::size_t end = secret.view().find_first_of("\r\n");
    if (end != std::string_view::npos)
        secret.truncate(end);
    if (secret.empty())
        return invalid(file + ": the first line is empty (expected the secret)");
    return secret;
}
} // namespace

Result<Secret> read_secret_file(const std::string& file)
{
    const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)); // a FIFO must not block
    if (fd.get() < 0)
        return invalid(file + ": cannot open: " + std::strerror(errno));
    struct stat status{};
    if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return invalid(file + ": not a regular file");
    if ((status.st_mode & (S_IRWXO | S_IWGRP)) != 0)
        return invalid(file + ": others may read or change it; expected mode 0600 or 0640: chmod o= " + file);
    return read_first_line(file, fd.get());
}

} // namespace gatehouse
