#pragma once

#include "client/gatehouse.h"

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::sasl_plugins
{

/// The connections to authd that a plugin keeps. slapd calls a plugin on many threads at once and a handle serves one
/// at a time, so each call takes one and gives it back. Thread-safe. In a child after fork the handles open connections
/// of their own (see gatehouse.h); no thread may be inside `take` then.
class Handles
{
public:
    struct GiveBack {
        Handles* owner = nullptr;
        std::string socket{};
        void operator()(gh_handle* handle) const;
    };
    using Taken = std::unique_ptr<gh_handle, GiveBack>;

    Handles() = default;
    ~Handles();
    Handles(const Handles&) = delete;
    Handles& operator=(const Handles&) = delete;

    /// A handle that nobody else uses until it is given back by its end. Empty when memory is short. Ends before this.
    Taken take(const std::string& socket);

private:
    void give_back(gh_handle* handle, const std::string& socket);

    std::mutex mutex_;
    std::vector<std::pair<std::string, gh_handle*>> idle_; ///< with their sockets, the longest idle first
};

} // namespace gatehouse::sasl_plugins
