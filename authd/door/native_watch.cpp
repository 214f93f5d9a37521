#include "door/native_watch.hpp"

#include <boost/asio/post.hpp>

namespace gatehouse::door
{

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace
{
constexpr auto feed_look = 1s; // whether the feed is still live
constexpr auto patience = 30s; // with a client that does not read
constexpr std::size_t lines_at_once = 64;
constexpr std::size_t most_changes = 10'000; // then everybody is told anew
} // namespace

NativeWatch::NativeWatch(PeerStream& stream, wire::NativeId id, std::shared_ptr<people::Mirror> mirror)
    : stream_(stream), id_(id), mirror_(std::move(mirror)), wake_(stream.worker().context())
{
}

Awaitable<void> NativeWatch::run()
{
    const auto self = shared_from_this();
    // Before the snapshot is read, so that nothing is missed between the two.
    const auto watching = mirror_->watch(
        [weak = weak_from_this(), &context = stream_.worker().context()](const people::Mirror::Change& change) {
            if (const auto watch = weak.lock()) {
                watch->hear(change);
                asio::post(context, [watch] { watch->wake_.cancel(); });
            }
        });
    bool open = co_await tell_everybody();
    while (open && !stopped_) {
        tell_feed();
        wake_.expires_after(feed_look);
        co_await wake_.async_wait(as_result);
        const people::Mirror::Change change = take_changes();
        open = stream_.open() && (change.everybody ? co_await tell_everybody() : co_await tell_changes(change));
    }
}

void NativeWatch::stop()
{
    stopped_ = true;
    wake_.cancel();
}

void NativeWatch::hear(const people::Mirror::Change& change)
{
    const std::lock_guard lock(mutex_);
    changes_.everybody = changes_.everybody || change.everybody || changes_.ids.size() > most_changes;
    if (changes_.everybody)
        changes_.ids.clear();
    else
        changes_.ids.insert(changes_.ids.end(), change.ids.begin(), change.ids.end());
}

people::Mirror::Change NativeWatch::take_changes()
{
    const std::lock_guard lock(mutex_);
    return std::exchange(changes_, {});
}

Awaitable<bool> NativeWatch::tell_everybody()
{
    const auto people = mirror_->people();
    if (!people)
        co_return true; // the first sweep's end tells everybody
    std::size_t told = 0;
    stream_.send_soon(wire::format_native_result(id_, json::object{{"begin", true}}));
    for (const std::string& id : people->ids()) {
        tell_person(*people, id);
        if (++told % lines_at_once == 0 && (!co_await let_drain() || stopped_))
            co_return false;
    }
    stream_.send_soon(wire::format_native_result(id_, json::object{{"complete", true}}));
    co_return co_await let_drain();
}

Awaitable<bool> NativeWatch::tell_changes(const people::Mirror::Change& change)
{
    const auto people = mirror_->people();
    std::size_t told = 0;
    for (const std::string& id : change.ids) {
        tell_person(*people, id);
        if (++told % lines_at_once == 0 && (!co_await let_drain() || stopped_))
            co_return false;
    }
    co_return true;
}

void NativeWatch::tell_person(const people::People& people, std::string_view id)
{
    json::object told;
    if (const auto stored = people.with_id(id))
        told["person"] = wire::native_person_in_full(people.describe(*stored, Detail::groups));
    else
        told["gone"] = id;
    stream_.send_soon(wire::format_native_result(id_, told));
}

void NativeWatch::tell_feed()
{
    const int live = mirror_->state()->live ? 1 : 0;
    if (std::exchange(told_live_, live) != live)
        stream_.send_soon(wire::format_native_result(id_, json::object{{"live", live == 1}}));
}

Awaitable<bool> NativeWatch::let_drain()
{
    co_return co_await stream_.flush(Clock::now() + patience);
}

} // namespace gatehouse::door
