#include "app/store_keys.hpp"

#include "base/secret_file.hpp"
#include "wire/store_secret.hpp"

namespace gatehouse::app
{

Result<Secret> read_store_key(const std::string& file)
{
    auto key = read_secret_file(file);
    if (key && key->size() < wire::min_store_key)
        return invalid(file + ": shorter than 32 bytes; make one: openssl rand -base64 33 > " + file);
    return key;
}

Result<std::shared_ptr<const std::vector<Secret>>> read_store_keys(const std::vector<std::string>& files)
{
    auto keys = std::make_shared<std::vector<Secret>>();
    for (const std::string& file : files) {
        auto key = read_store_key(file);
        if (!key)
            return std::unexpected(std::move(key.error()));
        keys->push_back(std::move(*key));
    }
    return keys->empty() ? nullptr : std::move(keys);
}

} // namespace gatehouse::app
