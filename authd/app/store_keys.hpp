#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <memory>
#include <string>
#include <vector>

namespace gatehouse::app
{

/// A key of store secrets: the first line of a private file, as every secret. Error: as of read_secret_file, and
/// `invalid` for one of less than 32 bytes.
Result<Secret> read_store_key(const std::string& file);

/// Those of all files, in their order. Null: none is configured.
Result<std::shared_ptr<const std::vector<Secret>>> read_store_keys(const std::vector<std::string>& files);

} // namespace gatehouse::app
