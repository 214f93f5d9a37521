#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <string>

namespace gatehouse
{

/// Reads a secret: the first line of `file`, without its line end. Read anew at each use, so a changed file needs no
/// reload. Error: `invalid` with the file's name when it is missing, not a regular file, readable or writable by
/// others, empty, or larger than 64 KiB; `limit` when the secret memory is full.
Result<Secret> read_secret_file(const std::string& file);

} // namespace gatehouse
