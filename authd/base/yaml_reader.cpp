#include "base/yaml_reader.hpp"

#include "base/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <set>

namespace gatehouse::yaml
{

namespace
{
constexpr std::size_t most_faults = 100;

std::string described(const Node& node)
{
    switch (node.kind) {
    case Node::Kind::null: return "nothing";
    case Node::Kind::scalar: return "text";
    case Node::Kind::list: return "a list";
    case Node::Kind::map: return "a mapping";
    }
    return {};
}

/// A whole number in decimal at the beginning of `text`, which keeps the rest.
std::optional<std::uint64_t> take_number(std::string_view& text)
{
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{})
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

/// number x unit, where the unit is one of `units`; nothing when it is none, or too large.
template <std::size_t n>
std::optional<std::uint64_t> take_quantity(std::string_view text, const std::array<Word<std::uint64_t>, n>& units)
{
    const auto number = take_number(text);
    const auto unit = std::ranges::find(units, text, &Word<std::uint64_t>::word);
    if (!number || unit == units.end() || *number > UINT64_MAX / unit->meaning)
        return std::nullopt;
    return *number * unit->meaning;
}

template <std::size_t n>
std::string in_units(std::uint64_t quantity, const std::array<Word<std::uint64_t>, n>& units)
{
    for (const auto& [word, meaning] : units) // the largest comes first
        if (quantity % meaning == 0 && (quantity != 0 || meaning == 1))
            return std::to_string(quantity / meaning).append(word);
    return std::to_string(quantity);
}

constexpr std::array<Word<std::uint64_t>, 4> size_units{
    {{"GiB", 1ull << 30}, {"MiB", 1ull << 20}, {"KiB", 1ull << 10}, {"", 1}}};
constexpr std::array<Word<std::uint64_t>, 4> duration_units{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

/// A suggestion in brackets, or nothing.
std::string did_you_mean(std::string_view written, std::span<const std::string_view> words)
{
    const std::string_view near = text::nearest(written.substr(0, 64), words);
    return near.empty() ? std::string() : " (did you mean \"" + std::string(near) + "\"?)";
}

std::string range(std::string least, std::string most)
{
    return "from " + std::move(least) + " to " + std::move(most);
}
} // namespace

std::string Faults::located(Mark mark, std::string_view path, std::string_view what) const
{
    std::string line = file_ + ':' + std::to_string(mark.line) + ':' + std::to_string(mark.column) + ": ";
    if (!path.empty())
        line.append(path).append(": ");
    return line.append(what);
}

void Faults::add(Mark mark, std::string_view path, std::string_view what)
{
    lines_.emplace(std::pair(mark.line, mark.column), located(mark, path, what));
}

std::string Faults::text() const
{
    std::vector<std::string> texts;
    for (const auto& [mark, line] : lines_)
        texts.push_back(line);
    if (texts.size() > most_faults) {
        const std::size_t more = texts.size() - most_faults;
        texts.resize(most_faults);
        texts.push_back(file_ + ": and " + std::to_string(more) + " more faults");
    }
    texts.insert(texts.end(), other_files_.begin(), other_files_.end());
    return text::join(texts, "\n");
}

void Value::expected(std::string_view what, std::string_view cure) const
{
    std::string sentence = "expected ";
    sentence.append(what);
    if (node_->kind != Node::Kind::scalar)
        sentence.append(", found ").append(described(*node_));
    else if (!node_->text.empty() && node_->text.size() <= 64 && !text::has_control(node_->text))
        sentence.append(", found \"").append(node_->text).append("\"");
    fault(sentence.append(cure));
}

const std::string* Value::scalar(std::string_view wanted) const
{
    if (node_->kind == Node::Kind::scalar)
        return &node_->text;
    expected(wanted);
    return nullptr;
}

std::optional<std::string> Value::text() const
{
    const std::string* found = scalar("text");
    if (!found)
        return std::nullopt;
    if (found->empty() || text::has_control(*found)) {
        fault(found->empty() ? "expected text, found an empty one" : "has a control character");
        return std::nullopt;
    }
    return *found;
}

std::optional<bool> Value::boolean() const
{
    if (node_->kind == Node::Kind::scalar && !node_->quoted && (node_->text == "true" || node_->text == "false"))
        return node_->text == "true";
    expected("true or false");
    return std::nullopt;
}

std::optional<std::uint64_t> Value::number(std::uint64_t least, std::uint64_t most) const
{
    std::string_view rest = node_->text;
    const auto number = node_->kind == Node::Kind::scalar && !node_->quoted ? take_number(rest) : std::nullopt;
    if (number && rest.empty() && *number >= least && *number <= most)
        return number;
    expected("a whole number " + range(std::to_string(least), std::to_string(most)));
    return std::nullopt;
}

std::optional<std::size_t> Value::size(std::size_t least, std::size_t most) const
{
    const auto size = node_->kind == Node::Kind::scalar ? take_quantity(node_->text, size_units) : std::nullopt;
    if (size && *size >= least && *size <= most)
        return size;
    expected("a size such as 512KiB or 4MiB, " + range(in_units(least, size_units), in_units(most, size_units)));
    return std::nullopt;
}

std::optional<std::chrono::milliseconds> Value::duration(std::chrono::milliseconds least,
                                                         std::chrono::milliseconds most) const
{
    const auto span = node_->kind == Node::Kind::scalar ? take_quantity(node_->text, duration_units) : std::nullopt;
    const auto lowest = static_cast<std::uint64_t>(least.count());
    const auto highest = static_cast<std::uint64_t>(most.count());
    if (span && *span >= lowest && *span <= highest)
        return std::chrono::milliseconds(*span);
    expected("a duration such as 200ms, 5s or 2m, " +
             range(in_units(lowest, duration_units), in_units(highest, duration_units)));
    return std::nullopt;
}

std::optional<unsigned> Value::mode() const
{
    unsigned mode = 0;
    const std::string& written = node_->text;
    const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), mode, 8);
    if (node_->kind == Node::Kind::scalar && written.starts_with('0') && written.size() >= 4 && error == std::errc{} &&
        end == written.data() + written.size() && mode <= 0777)
        return mode;
    expected("an octal mode such as \"0660\"");
    return std::nullopt;
}

std::optional<std::string> Value::path_name() const
{
    const auto path = text();
    if (path && path->starts_with('/'))
        return path;
    if (path)
        fault("expected an absolute path (it begins with /)");
    return std::nullopt;
}

std::optional<std::chrono::sys_days> Value::date() const
{
    const std::string& written = node_->text;
    unsigned year = 0, month = 0, day = 0;
    const auto digits = [&](std::size_t from, std::size_t count, unsigned& number) {
        const char* const end = written.data() + from + count;
        return std::from_chars(written.data() + from, end, number).ptr == end;
    };
    if (node_->kind == Node::Kind::scalar && written.size() == 10 && written[4] == '-' && written[7] == '-' &&
        digits(0, 4, year) && digits(5, 2, month) && digits(8, 2, day)) {
        const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                                               std::chrono::day(day)};
        if (date.ok())
            return date;
    }
    expected("a date such as 2027-01-31");
    return std::nullopt;
}

std::optional<std::size_t> Value::choice(std::span<const std::string_view> words) const
{
    std::string choices = "one of ";
    for (const std::string_view& word : words)
        choices.append(&word == words.data() ? "" : ", ").append(word);
    if (node_->kind != Node::Kind::scalar) {
        expected(choices);
        return std::nullopt;
    }
    const auto found = std::ranges::find(words, std::string_view(node_->text));
    if (found != words.end())
        return static_cast<std::size_t>(found - words.begin());
    expected(choices, did_you_mean(node_->text, words));
    return std::nullopt;
}

std::vector<Value> Value::items() const
{
    std::vector<Value> items;
    if (node_->kind != Node::Kind::list) {
        expected("a list");
        return items;
    }
    for (const Node& item : node_->items)
        items.emplace_back(item, item.mark, path_ + '[' + std::to_string(items.size()) + ']', *faults_);
    return items;
}

std::optional<std::vector<std::string>> Value::texts() const
{
    if (node_->kind != Node::Kind::list) {
        expected("a list");
        return std::nullopt;
    }
    std::vector<std::string> texts;
    std::set<std::string> seen;
    for (const Value& item : items()) {
        auto text = item.text();
        if (text && !seen.insert(*text).second)
            item.fault("\"" + *text + "\" is in the list already");
        else if (text)
            texts.push_back(*std::move(text));
    }
    return texts;
}

std::optional<std::vector<std::string>> Value::some_texts() const
{
    if (node_->kind == Node::Kind::list && node_->items.empty()) {
        fault("the list is empty (leave the key out to restrict nothing)");
        return std::nullopt;
    }
    return texts();
}

Fields::Fields(const Value& map) : map_(map), is_map_(map.node_->kind == Node::Kind::map)
{
    if (!is_map_) {
        map_.expected("a mapping");
        return;
    }
    for (const Entry& entry : map.node_->entries) {
        const auto [first, added] = entries_.emplace(entry.key, &entry);
        if (!added)
            map_.faults().add(entry.mark, map_.path(),
                              "duplicate key \"" + entry.key.substr(0, 64) + "\" (first on line " +
                                  std::to_string(first->second->mark.line) + ")");
    }
}

Value Fields::child(const Entry& entry) const
{
    std::string path = map_.path().empty() ? entry.key : map_.path() + '.' + entry.key;
    return {entry.value, entry.value.mark, std::move(path), map_.faults()};
}

std::optional<Value> Fields::find(std::string_view key)
{
    asked_.push_back(key);
    const auto found = entries_.find(key);
    return found == entries_.end() ? std::nullopt : std::optional(child(*found->second));
}

std::optional<Value> Fields::require(std::string_view key)
{
    auto value = find(key);
    if (!value && is_map_)
        map_.fault("missing key \"" + std::string(key) + "\"");
    return value;
}

std::vector<std::pair<std::string, Value>> Fields::all()
{
    rest_known_ = true;
    std::vector<std::pair<std::string, Value>> all;
    for (const auto& [key, entry] : entries_)
        all.emplace_back(key, child(*entry));
    return all;
}

void Fields::finish()
{
    if (rest_known_)
        return;
    for (const auto& [key, entry] : entries_) {
        if (std::ranges::find(asked_, key) != asked_.end())
            continue;
        const std::string what = "unknown key \"" + entry->key.substr(0, 64) + "\"" + did_you_mean(key, asked_);
        map_.faults().add(entry->mark, map_.path(), what);
    }
}

Result<std::string> read_file(const std::string& file, std::size_t most, bool private_file)
{
    // O_NONBLOCK: a named pipe in the file's place must not hang the daemon.
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return invalid(file + ": cannot open: " + std::strerror(errno));
    struct Closer {
        int fd;
        ~Closer() { ::close(fd); }
    } const closer{fd};
    struct stat status{};
    if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return invalid(file + ": not a regular file");
    if (private_file && (status.st_mode & (S_IRWXO | S_IWGRP)) != 0)
        return invalid(file + ": others may read or change it; expected mode 0600 or 0640: chmod g-w,o= " + file);
    std::string text;
    for (std::array<char, 16384> piece; text.size() <= most;) {
        const ssize_t n = ::read(fd, piece.data(), piece.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return invalid(file + ": cannot read: " + std::strerror(errno));
        if (n == 0)
            return text;
        text.append(piece.data(), static_cast<std::size_t>(n));
    }
    return invalid(file + ": larger than " + in_units(most, size_units));
}

void read_log(const Value& value, std::string& level)
{
    static constexpr std::array<std::string_view, 4> levels{"debug", "info", "warn", "error"};
    value.fields([&](Fields& fields) {
        if (const auto word = fields.find("level"))
            if (const auto index = word->choice(levels))
                level = levels[*index];
    });
}

} // namespace gatehouse::yaml
