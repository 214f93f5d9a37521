#pragma once

#include "base/async.hpp"
#include "base/result.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace gatehouse::door
{

/// What administrators may ask of the daemon over a native listener with `may_control`. Thread-safe.
class Control
{
public:
    virtual ~Control() = default;

    /// Realms and their servers, listeners and their counters, memory, audit: the object that docs/authctl.md shows.
    virtual boost::json::object status() const = 0;
    /// Reads the configuration anew and swaps it. Error: why the old one stays in force.
    virtual Awaitable<Result<std::string>> reload() = 0;
};

} // namespace gatehouse::door
