#include "edge/crowd.hpp"

namespace gatehouse::edge
{

Crowd::Place::~Place()
{
    if (crowd_ != nullptr)
        crowd_->leave(*key_);
}

Crowd::Place Crowd::enter(const std::string& key, std::size_t most)
{
    const std::lock_guard lock(mutex_);
    const auto [found, added] = counts_.try_emplace(key, 0);
    if (found->second >= most)
        return {};
    ++found->second;
    ++size_;
    return {*this, &found->first};
}

std::size_t Crowd::size() const
{
    const std::lock_guard lock(mutex_);
    return size_;
}

std::size_t Crowd::keys() const
{
    const std::lock_guard lock(mutex_);
    return counts_.size();
}

void Crowd::leave(const std::string& key)
{
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(key);
    --size_;
    if (--found->second == 0)
        counts_.erase(found);
}

} // namespace gatehouse::edge
