#include "ctl/table.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace gatehouse::ctl
{

namespace
{

/// Code points: near enough to columns of a terminal for the names of people and servers.
std::size_t width(std::string_view text)
{
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t to, Table::Align align)
{
    const std::string spaces(to - std::min(to, width(text)), ' ');
    return align == Table::Align::left ? text + spaces : spaces + text;
}

void print_line(std::string line)
{
    line.erase(line.find_last_not_of(' ') + 1);
    std::printf("%s\n", line.c_str());
}

} // namespace

void Table::add(std::vector<std::string> cells)
{
    for (std::string& cell : cells)
        cell = cell.empty() ? "-" : printable(cell);
    cells.resize(columns_.size());
    rows_.push_back(std::move(cells));
}

void Table::print() const
{
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        widths.push_back(width(columns_[i].title));
        for (const auto& row : rows_)
            widths[i] = std::max(widths[i], width(row[i]));
    }
    std::string title;
    for (std::size_t i = 0; i < columns_.size(); ++i)
        title += padded(columns_[i].title, widths[i], columns_[i].align) + "  ";
    print_line(title);
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t i = 0; i < columns_.size(); ++i)
            line += padded(row[i], widths[i], columns_[i].align) + "  ";
        print_line(line);
    }
}

void Facts::add(std::string name, std::string value)
{
    if (!value.empty())
        facts_.push_back({std::move(name), printable(value)});
}

void Facts::add(std::string name, const std::vector<std::string>& values)
{
    for (const std::string& value : values)
        add(std::exchange(name, std::string{}), value);
}

void Facts::print() const
{
    std::size_t widest = 0;
    for (const Fact& fact : facts_)
        widest = std::max(widest, width(fact.name));
    for (const Fact& fact : facts_)
        print_line(padded(fact.name, widest, Table::Align::left) + "  " + fact.value);
}

std::string words(std::chrono::seconds duration)
{
    const std::int64_t all = duration.count();
    const std::array<std::pair<std::int64_t, const char*>, 4> units{
        {{all / 86'400, " d"}, {all / 3600 % 24, " h"}, {all / 60 % 60, " min"}, {all % 60, " s"}}};
    const auto* first = std::ranges::find_if(units, [](const auto& unit) { return unit.first > 0; });
    if (first == units.end())
        return "0 s";
    std::string out = std::to_string(first->first) + first->second;
    if (const auto* second = first + 1; second != units.end() && second->first > 0)
        out += ' ' + std::to_string(second->first) + second->second;
    return out;
}

std::string words(std::chrono::microseconds latency)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f ms", static_cast<double>(latency.count()) / 1000);
    return text.data();
}

std::string size_words(std::int64_t bytes)
{
    if (bytes < 1024)
        return std::to_string(bytes) + " bytes";
    std::array<char, 32> text{};
    const double kib = static_cast<double>(bytes) / 1024;
    std::snprintf(text.data(), text.size(), kib < 1024 ? "%.1f KiB" : "%.1f MiB", kib < 1024 ? kib : kib / 1024);
    return text.data();
}

std::string local_time(std::int64_t unix_seconds)
{
    const auto time = static_cast<std::time_t>(unix_seconds);
    std::tm parts{};
    std::array<char, 64> text{};
    if (::localtime_r(&time, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S %z", &parts) == 0)
        return std::to_string(unix_seconds);
    return text.data();
}

std::string text_at(const boost::json::object& object, std::string_view key)
{
    const auto* member = object.if_contains(key);
    return member != nullptr && member->is_string() ? std::string(member->get_string()) : std::string{};
}

std::int64_t number_at(const boost::json::object& object, std::string_view key)
{
    const auto* member = object.if_contains(key);
    return member != nullptr && member->is_int64() ? member->get_int64() : 0;
}

bool flag_at(const boost::json::object& object, std::string_view key)
{
    const auto* member = object.if_contains(key);
    return member != nullptr && member->is_bool() && member->get_bool();
}

const boost::json::object& object_of(const boost::json::value& value)
{
    static const boost::json::object nothing;
    return value.is_object() ? value.get_object() : nothing;
}

const boost::json::object& object_at(const boost::json::object& object, std::string_view key)
{
    static const boost::json::value nothing;
    const auto* member = object.if_contains(key);
    return object_of(member != nullptr ? *member : nothing);
}

const boost::json::array& array_at(const boost::json::object& object, std::string_view key)
{
    static const boost::json::array nothing;
    const auto* member = object.if_contains(key);
    return member != nullptr && member->is_array() ? member->get_array() : nothing;
}

std::vector<std::string> texts_at(const boost::json::object& object, std::string_view key)
{
    std::vector<std::string> out;
    for (const auto& one : array_at(object, key))
        if (one.is_string())
            out.emplace_back(one.get_string());
    return out;
}

} // namespace gatehouse::ctl
