#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace gatehouse::edge
{

/// Counts who is here under a key (a client's address, a person), so that nobody takes every place. Thread-safe;
/// outlives its places.
class Crowd
{
public:
    /// One of them, until it ends.
    class Place
    {
    public:
        Place() = default;
        Place(Crowd& crowd, const std::string* key) : crowd_(&crowd), key_(key) {}
        Place(Place&& other) noexcept : crowd_(std::exchange(other.crowd_, nullptr)), key_(other.key_) {}
        Place& operator=(Place&& other) noexcept
        {
            std::swap(crowd_, other.crowd_);
            std::swap(key_, other.key_);
            return *this;
        }
        ~Place();
        explicit operator bool() const { return crowd_ != nullptr; }

    private:
        Crowd* crowd_ = nullptr;
        const std::string* key_ = nullptr; // of the crowd's map
    };

    /// An empty place: `most` are here already.
    Place enter(const std::string& key, std::size_t most);
    std::size_t size() const;
    /// Of how many addresses, or people.
    std::size_t keys() const;

private:
    void leave(const std::string& key);

    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::size_t> counts_;
    std::size_t size_ = 0;
};

} // namespace gatehouse::edge
