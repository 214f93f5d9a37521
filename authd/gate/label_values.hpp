#pragma once

#include "base/text.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>

namespace gatehouse::gate
{

/// The values of one label of a metric, numbered as they come. A value that a client chooses cannot make memory or the
/// metrics page grow: the first `capacity` values are kept for good; those after them, those over `longest` bytes and
/// those that are no clean UTF-8 are all `other`. Thread-safe; takes its lock only for a value that is new.
template <std::size_t capacity>
class LabelValues
{
public:
    using Number = std::uint8_t;
    static_assert(capacity < UINT8_MAX);

    static constexpr std::size_t longest = 63;
    static constexpr std::size_t numbers = capacity + 1; ///< numbers are below this
    static constexpr Number other = 0;

    Number number_of(std::string_view value)
    {
        if (const Number known = find(value); known != other)
            return known;
        if (count() == capacity || value.size() > longest || !text::is_utf8(value) || text::has_control(value))
            return other;
        return add(value);
    }

    /// Values that are kept: the numbers 1 to `count()` have a text.
    std::size_t count() const { return count_.load(std::memory_order_acquire); }
    std::string_view value_of(Number number) const { return number == other ? "other" : values_[number - 1].text(); }

private:
    struct Value {
        std::array<char, longest> bytes{};
        std::uint8_t size = 0;

        std::string_view text() const { return {bytes.data(), size}; }
    };

    Number find(std::string_view value) const
    {
        for (std::size_t i = 0; i < count(); ++i)
            if (values_[i].text() == value)
                return static_cast<Number>(i + 1);
        return other;
    }

    Number add(std::string_view value)
    {
        const std::lock_guard lock(adding_);
        const std::size_t next = count();
        if (const Number known = find(value); known != other || next == capacity)
            return known; // other threads were first
        value.copy(values_[next].bytes.data(), longest);
        values_[next].size = static_cast<std::uint8_t>(value.size());
        count_.store(next + 1, std::memory_order_release);
        return static_cast<Number>(next + 1);
    }

    std::mutex adding_;
    std::array<Value, capacity> values_; // filled from the front; never changed once `count_` covers it
    std::atomic<std::size_t> count_{0};
};

} // namespace gatehouse::gate
