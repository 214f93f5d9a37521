#pragma once

#include "base/result.hpp"

#include <string>

namespace gatehouse::store
{

/// Holds a file that only one process may hold, made with mode 0600 if there is none; given back at the end. The file
/// stays: whether it is there says nothing.
class FileLock
{
public:
    /// Error: `limit` when somebody else holds it, `unavailable` when it cannot be opened.
    static Result<FileLock> take(const std::string& file);

    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&&) = delete;
    ~FileLock();

private:
    explicit FileLock(int fd) : fd_(fd) {}
    int fd_;
};

} // namespace gatehouse::store
