#pragma once

#include "base/result.hpp"
#include "identity/person.hpp"
#include "store/rows.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse::store
{

/// Attempts at people's passwords by all nodes. Each is told by the process that makes it and by nobody else, so
/// hearing of it twice changes nothing. An attempt counts those that have a lower place than itself: of two nodes that
/// begin at the same moment one sees the other. One whose process died may have been wrong, and counts as if it was.
/// Thread-safe.
class Attempts
{
public:
    /// `writer`: this process's number.
    explicit Attempts(std::int64_t writer) : writer_(writer) {}

    /// An attempt of this process is under way, until `end`. Nothing: there is no room.
    std::optional<AttemptRow> begin(const AttemptTerms& terms, WallTime now);
    /// Nothing: it is not under way.
    std::optional<AttemptRow> end(std::int64_t number, AttemptEnd how, WallTime now);
    /// What was wrong counts no longer. Nothing: nothing did.
    std::optional<AttemptRow> forget(std::string_view realm, std::string_view id, WallTime now);
    /// What counts before an attempt of this process; wrong ones only from `since` on.
    struct Before {
        std::uint32_t wrong = 0;
        std::uint32_t under_way = 0;
    };
    Before before(std::int64_t number, WallTime since, WallTime now) const;
    /// What is known of an attempt; of this process's own only the place is news.
    void learn(const AttemptRow& row, WallTime now);
    /// Forgets what counts no longer.
    void sweep(WallTime now);
    std::size_t size() const;

    static constexpr std::size_t most = 200'000;

private:
    using State = AttemptRow::State;
    struct Entry {
        std::int64_t writer = 0;
        std::int64_t number = 0;
        State state = State::under_way;
        std::int64_t at = 0;
        std::int64_t ends = 0;
        std::int64_t place = INT64_MAX; ///< until the database has given one
    };
    struct Person {
        std::string realm;
        std::string id;
        std::vector<Entry> entries;
    };

    struct Own {
        std::string key; ///< of the person
        std::int64_t began = 0;
        std::chrono::seconds window{};
    };

    static std::string key_of(std::string_view realm, std::string_view id);
    AttemptRow row_of(const Person& person, const Entry& entry) const;
    /// Null: there is no room.
    Person* person_of(std::string_view realm, std::string_view id, WallTime now);
    void settle(Person& person, WallTime now);
    void sweep_locked(WallTime now);

    const std::int64_t writer_;
    mutable std::mutex mutex_; // taken by attempts that no proof answers
    std::unordered_map<std::string, Person> people_;
    std::unordered_map<std::int64_t, Own> under_way_;
    std::size_t entries_ = 0;
    std::int64_t last_number_ = 0;
    std::optional<WallTime> swept_for_room_;
};

} // namespace gatehouse::store
