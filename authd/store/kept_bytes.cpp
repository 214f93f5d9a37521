#include "store/kept_bytes.hpp"

#include <utility>

namespace gatehouse::store
{

Result<void> KeptBytes::put(const std::string& key, std::string bytes)
{
    const std::lock_guard lock(mutex_);
    const auto found = bytes_.find(key);
    const std::size_t before = found == bytes_.end() ? 0 : key.size() + found->second.size();
    const std::size_t after = bytes.empty() ? 0 : key.size() + bytes.size();
    if (after > before && used_ + after - before > most)
        return over_limit("the store keeps " + std::to_string(used_ >> 20) +
                          " MiB for other programs and takes no more");
    used_ = used_ + after - before;
    if (!bytes.empty())
        bytes_.insert_or_assign(key, std::move(bytes));
    else if (found != bytes_.end())
        bytes_.erase(found);
    return {};
}

std::optional<std::string> KeptBytes::find(const std::string& key) const
{
    const std::lock_guard lock(mutex_);
    const auto found = bytes_.find(key);
    return found == bytes_.end() ? std::nullopt : std::optional(found->second);
}

} // namespace gatehouse::store
