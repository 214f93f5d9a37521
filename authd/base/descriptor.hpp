#pragma once

#include <unistd.h>

#include <utility>

namespace gatehouse
{

/// A file descriptor that is closed at its end.
class Descriptor
{
public:
    Descriptor() = default;
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept
    {
        if (this != &other) {
            close();
            fd_ = other.release();
        }
        return *this;
    }
    ~Descriptor() { close(); }

    int get() const noexcept { return fd_; }
    bool is_open() const noexcept { return fd_ >= 0; }
    /// The caller closes it.
    int release() noexcept { return std::exchange(fd_, -1); }
    void close() noexcept
    {
        if (is_open())
            ::close(release());
    }

private:
    int fd_ = -1;
};

} // namespace gatehouse
