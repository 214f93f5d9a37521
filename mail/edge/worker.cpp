#include "edge/worker.hpp"

#include "edge/session.hpp"

namespace gatehouse::edge
{

void Worker::end_all()
{
    for (Session* const session : sessions_)
        session->cancel();
    std::vector<std::shared_ptr<Relay>> open; // ending one changes the list
    for (const auto& [relay, weak] : relays_)
        if (auto strong = weak.lock())
            open.push_back(std::move(strong));
    for (const auto& relay : open)
        relay->end(codec::Farewell::shutting_down);
}

} // namespace gatehouse::edge
