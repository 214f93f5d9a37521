#include "host/handles.hpp"

#include <algorithm>

namespace gatehouse::sasl_plugins
{

namespace
{
/// Connections kept open while nobody logs in; of more the one that has been idle longest is closed.
constexpr std::size_t most_idle = 16;
} // namespace

Handles::~Handles()
{
    for (const auto& [socket, handle] : idle_)
        gh_close(handle);
}

Handles::Taken Handles::take(const std::string& socket)
{
    GiveBack end{this, socket};
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(idle_, socket, &std::pair<std::string, gh_handle*>::first);
    if (found == idle_.end())
        return {gh_open(socket.c_str()), std::move(end)};
    gh_handle* const handle = found->second;
    idle_.erase(found);
    return {handle, std::move(end)};
}

void Handles::GiveBack::operator()(gh_handle* handle) const
{
    owner->give_back(handle, socket);
}

void Handles::give_back(gh_handle* handle, const std::string& socket)
try {
    const std::lock_guard lock(mutex_);
    idle_.emplace_back(socket, handle);
    if (idle_.size() > most_idle) {
        gh_close(idle_.front().second);
        idle_.erase(idle_.begin());
    }
} catch (const std::exception&) { // no memory to remember it
    gh_close(handle);
}

} // namespace gatehouse::sasl_plugins
