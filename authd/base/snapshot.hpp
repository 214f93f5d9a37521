#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace gatehouse
{

/// An immutable value that is replaced whole. Readers keep the value that they took for as long as they need it.
/// Thread-safe; the lock is held for the copy of one pointer.
template <class T>
class Snapshot
{
public:
    explicit Snapshot(std::shared_ptr<const T> value) : value_(std::move(value)) {}

    std::shared_ptr<const T> get() const
    {
        const std::lock_guard lock(mutex_);
        return value_;
    }

    void set(std::shared_ptr<const T> value)
    {
        const std::lock_guard lock(mutex_);
        value_.swap(value); // the old value ends after the lock
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const T> value_;
};

} // namespace gatehouse
