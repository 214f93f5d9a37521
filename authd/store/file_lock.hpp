#pragma once

#include "base/result.hpp"

#include <string>

namespace gatehouse::store
{

/// Makes a file for us alone (0600), not a link's target. What root makes, at a restore, belongs to whom its folder
/// belongs: the user that authd runs as. The descriptor, or -1 with errno (EEXIST: it is there).
int make_own_file(const std::string& file);

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
