#pragma once

#include "gate/shield.hpp"
#include "store/store.hpp"

#include <optional>
#include <utility>

namespace gatehouse::gate
{

/// An attempt as all nodes count it, from its begin in the store to the end of this. It counts nothing unless
/// `ended_as` says otherwise: whoever may not try, or learns nothing, gives the place back. Empty where the directory
/// never locks.
class SharedAttempt
{
public:
    SharedAttempt() = default;
    SharedAttempt(store::Store& store, const store::Turn& turn) : store_(&store), turn_(turn) {}
    ~SharedAttempt()
    {
        if (store_ != nullptr && turn_.number != 0)
            store_->end_attempt(turn_.number, end_);
    }
    SharedAttempt(SharedAttempt&& other) noexcept
        : store_(std::exchange(other.store_, nullptr)), turn_(other.turn_), end_(other.end_)
    {
    }
    SharedAttempt& operator=(SharedAttempt&&) = delete;

    void ended_as(Shield::Outcome outcome)
    {
        switch (outcome) {
        case Shield::Outcome::right: end_ = store::AttemptEnd::right; break;
        case Shield::Outcome::wrong: end_ = store::AttemptEnd::wrong; break;
        case Shield::Outcome::undecided: end_ = store::AttemptEnd::undecided; break;
        }
    }

    /// What counts before it. Nothing: the store has no room for it.
    std::optional<Shield::Shared> counted() const
    {
        if (turn_.number == 0)
            return {};
        return Shield::Shared{turn_.wrong, turn_.under_way, turn_.share_of};
    }

private:
    store::Store* store_ = nullptr;
    store::Turn turn_{};
    store::AttemptEnd end_ = store::AttemptEnd::undecided;
};

} // namespace gatehouse::gate
