#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace gatehouse::people
{

/// Functions that want to hear of something. They may come and go on any thread at any time.
template <class Told>
class Watchers
{
public:
    using Watcher = std::function<void(const Told&)>;

    /// `watcher` is called until the returned handle ends, which waits for a call that is going on; a watcher may end
    /// its own handle. The handle may outlive this object.
    [[nodiscard]] std::shared_ptr<void> add(Watcher watcher)
    {
        auto watch = std::make_shared<Watch>(std::move(watcher));
        const std::lock_guard lock(mutex_);
        std::erase_if(watches_, [](const auto& known) { return known.expired(); });
        watches_.push_back(watch);
        return {watch.get(), [watch](void*) {
                    const std::lock_guard running(watch->mutex);
                    watch->ended = true;
                }};
    }

    void tell(const Told& told) const
    {
        for (const auto& watch : living()) {
            const std::lock_guard running(watch->mutex);
            if (!watch->ended)
                watch->watcher(told);
        }
    }

private:
    struct Watch {
        explicit Watch(Watcher function) : watcher(std::move(function)) {}

        std::recursive_mutex mutex{}; // held during a call; recursive: the call may end the watch
        bool ended = false;
        Watcher watcher;
    };

    std::vector<std::shared_ptr<Watch>> living() const
    {
        std::vector<std::shared_ptr<Watch>> watches;
        const std::lock_guard lock(mutex_);
        for (const auto& known : watches_)
            if (auto watch = known.lock())
                watches.push_back(std::move(watch));
        return watches;
    }

    mutable std::mutex mutex_;
    std::vector<std::weak_ptr<Watch>> watches_;
};

} // namespace gatehouse::people
