#pragma once

#include "base/printable.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::ctl
{

/// Lines of cells in aligned columns, two spaces apart. Text stands left, numbers right.
class Table
{
public:
    enum class Align : std::uint8_t { left, right };
    struct Column {
        std::string title;
        Align align = Align::left;
    };

    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    /// As many cells as columns. An empty cell is shown as "-".
    void add(std::vector<std::string> cells);
    bool empty() const { return rows_.empty(); }
    /// To standard output, the titles first.
    void print() const;

private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// Lines of "name  value", values aligned. Empty values are left out.
class Facts
{
public:
    void add(std::string name, std::string value);
    /// A value of several lines.
    void add(std::string name, const std::vector<std::string>& values);
    void print() const;

private:
    struct Fact {
        std::string name;
        std::string value;
    };
    std::vector<Fact> facts_;
};

// How values read to people.
std::string words(std::chrono::seconds duration);     ///< "3 d 4 h", "12 min 5 s"
std::string words(std::chrono::microseconds latency); ///< "1.2 ms"
std::string size_words(std::int64_t bytes);           ///< "4.0 MiB"
std::string local_time(std::int64_t unix_seconds);    ///< "2031-05-01 12:00:00 +0200"

// Members of a JSON object that came from authd; empty, 0 or false where they are missing or of another type.
std::string text_at(const boost::json::object& object, std::string_view key);
std::int64_t number_at(const boost::json::object& object, std::string_view key);
bool flag_at(const boost::json::object& object, std::string_view key);
const boost::json::object& object_at(const boost::json::object& object, std::string_view key);
const boost::json::array& array_at(const boost::json::object& object, std::string_view key);
/// The strings of an array.
std::vector<std::string> texts_at(const boost::json::object& object, std::string_view key);
/// `value` as an object; an empty one if it is none.
const boost::json::object& object_of(const boost::json::value& value);

} // namespace gatehouse::ctl
