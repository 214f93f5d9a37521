#include "door/dovecot_logins.hpp"

#include <vector>

namespace gatehouse::door
{

std::string DovecotLogins::key(std::string_view cookie, std::uint32_t id)
{
    return std::string(cookie) + ':' + std::to_string(id);
}

void DovecotLogins::keep(std::string_view cookie, std::uint32_t client_pid, std::uint32_t id, Person person)
{
    const Deadline now = Clock::now();
    const std::lock_guard lock(mutex_);
    if (kept_.size() >= max_kept)
        drop_old(now);
    kept_.insert_or_assign(key(cookie, id), Kept{client_pid, std::move(person), now + kept_for});
}

std::optional<Person> DovecotLogins::take(std::string_view cookie, std::uint32_t client_pid, std::uint32_t id)
{
    const std::lock_guard lock(mutex_);
    auto node = kept_.extract(key(cookie, id));
    if (node.empty() || node.mapped().client_pid != client_pid || node.mapped().until < Clock::now())
        return {};
    return std::move(node.mapped().person);
}

void DovecotLogins::drop_old(Deadline now)
{
    // Entries live equally long, so "more than half of the time gone" is the older half at a steady rate.
    const std::size_t before = kept_.size();
    std::erase_if(kept_, [&](const auto& entry) { return entry.second.until < now + kept_for / 2; });
    if (kept_.size() == before)
        kept_.clear(); // a flood faster than that: those logins are asked again
}

} // namespace gatehouse::door
