#include "people/mirror.hpp"

#include "people/draft.hpp"

namespace gatehouse::people
{

Mirror::Mirror(std::string realm) : draft_(std::make_unique<Draft>(std::move(realm))) {}

Mirror::~Mirror() = default;

void Mirror::learn(RealmFacts facts)
{
    facts_.set(std::make_shared<RealmFacts>(facts));
    draft_->learn(std::move(facts));
    if (people_.get())
        publish();
}

void Mirror::begin_sweep()
{
    draft_->begin_sweep();
}

void Mirror::take(Changes changes)
{
    changes_.fetch_add(changes.people.size() + changes.groups.size() + changes.gone.size(), std::memory_order_relaxed);
    draft_->apply(changes);
    if (people_.get())
        publish();
}

void Mirror::end_sweep(Deadline)
{
    draft_->end_sweep();
    sweeps_.fetch_add(1, std::memory_order_relaxed);
    if (people_.get()) {
        publish();
        return;
    }
    draft_->settle();
    people_.set(draft_->publish());
    watchers_.tell({.ids = {}, .everybody = true});
}

void Mirror::report(FeedState state)
{
    state_.set(std::make_shared<FeedState>(std::move(state)));
}

void Mirror::publish()
{
    draft_->settle();
    if (!draft_->differs())
        return;
    const auto changed = draft_->changed_people();
    people_.set(draft_->publish());
    if (!changed)
        watchers_.tell({.ids = {}, .everybody = true});
    else if (!changed->empty())
        watchers_.tell({.ids = *changed, .everybody = false});
}

} // namespace gatehouse::people
