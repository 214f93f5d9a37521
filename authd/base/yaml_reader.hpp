#pragma once

#include "base/result.hpp"
#include "base/yaml_tree.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace gatehouse::yaml
{

/// Collects what is wrong with a file, so that an administrator sees all of it at once.
class Faults
{
public:
    explicit Faults(std::string file) : file_(std::move(file)) {}

    void add(Mark mark, std::string_view path, std::string_view what);
    /// "file:line:column: path: what"; no path for the top of the file.
    std::string located(Mark mark, std::string_view path, std::string_view what) const;
    /// Lines about another file, already whole; they follow the file's own.
    void add_lines(std::string lines) { other_files_.push_back(std::move(lines)); }

    const std::string& file() const { return file_; }
    bool empty() const { return lines_.empty() && other_files_.empty(); }
    /// Every fault on a line of its own, in the order of the file; no line end after the last. After 100 of them only
    /// their number is told.
    std::string text() const;

private:
    std::string file_;
    std::multimap<std::pair<int, int>, std::string> lines_; // by line and column
    std::vector<std::string> other_files_;
};

class Fields;

/// A word of the file and what it stands for.
template <class T>
struct Word {
    std::string_view word;
    T meaning;
};

/// One value of the file, with the path that leads to it. Each reading function returns what was asked for, or adds a
/// fault that says what was expected and returns nothing. Lives no longer than the Node and the Faults.
class Value
{
public:
    Value(const Node& node, Mark mark, std::string path, Faults& faults)
        : node_(&node), mark_(mark), path_(std::move(path)), faults_(&faults)
    {
    }

    Mark mark() const { return mark_; }
    const std::string& path() const { return path_; }
    Faults& faults() const { return *faults_; }
    void fault(std::string_view what) const { faults_->add(mark_, path_, what); }
    /// The same sentence as of a fault, for a warning.
    std::string located(std::string_view what) const { return faults_->located(mark_, path_, what); }

    /// Text that is not empty and has no control character. Numbers and truth values are taken as written.
    std::optional<std::string> text() const;
    /// `true` or `false`, not quoted.
    std::optional<bool> boolean() const;
    std::optional<std::uint64_t> number(std::uint64_t least, std::uint64_t most) const;
    /// Bytes: a number, alone or with KiB, MiB or GiB.
    std::optional<std::size_t> size(std::size_t least, std::size_t most) const;
    /// A number with ms, s, m or h.
    std::optional<std::chrono::milliseconds> duration(std::chrono::milliseconds least,
                                                      std::chrono::milliseconds most) const;
    /// Octal file mode with its leading 0, at most 0777, quoted or not.
    std::optional<unsigned> mode() const;
    /// An absolute path. The fault does not repeat the text: it may be a secret in the wrong place.
    std::optional<std::string> path_name() const;
    /// Month and day included: YYYY-MM-DD.
    std::optional<std::chrono::sys_days> date() const;

    /// The index of the word that the text is; another one is a fault.
    std::optional<std::size_t> choice(std::span<const std::string_view> words) const;
    /// What the word means.
    template <class T>
    std::optional<T> word(std::span<const Word<T>> words) const
    {
        std::vector<std::string_view> names;
        for (const Word<T>& each : words)
            names.push_back(each.word);
        const auto index = choice(names);
        return index ? std::optional<T>(words[*index].meaning) : std::nullopt;
    }

    /// The members of a list, each with its index in its path. A value that is no list is a fault and has none.
    std::vector<Value> items() const;
    /// The members of a list of texts; two equal ones are a fault.
    std::optional<std::vector<std::string>> texts() const;
    /// As `texts`; an empty list is a fault.
    std::optional<std::vector<std::string>> some_texts() const;

    /// Reads a mapping: `read(Fields&)` asks for every key it knows; what nobody asked for is a fault afterwards.
    template <class Read>
    void fields(Read read) const;

private:
    friend class Fields;
    const std::string* scalar(std::string_view expected) const;
    void expected(std::string_view what, std::string_view cure = {}) const;

    const Node* node_;
    Mark mark_;
    std::string path_;
    Faults* faults_;
};

/// The keys of one mapping while it is read.
class Fields
{
public:
    /// A value that is no mapping, and a key that comes twice, are faults.
    explicit Fields(const Value& map);

    bool is_map() const { return is_map_; }
    const Value& map() const { return map_; }
    /// The key's value, if the key is there.
    std::optional<Value> find(std::string_view key);
    /// As above; a missing key is a fault.
    std::optional<Value> require(std::string_view key);

    /// If the key is there and right, sets `into`: `fields.read("retry", retry, &Value::duration, 1ms, 1min)`.
    template <class T, class Reading, class... Limits>
    void read(std::string_view key, T& into, Reading reading, Limits... limits)
    {
        store(find(key), into, reading, limits...);
    }
    /// As `read`, and a missing key is a fault.
    template <class T, class Reading, class... Limits>
    void demand(std::string_view key, T& into, Reading reading, Limits... limits)
    {
        store(require(key), into, reading, limits...);
    }
    /// As `read`, for one of several words.
    template <class T>
    void read_word(std::string_view key, T& into, std::type_identity_t<std::span<const Word<T>>> words)
    {
        if (const auto value = find(key))
            if (const auto meaning = value->word(words))
                into = *meaning;
    }

    /// Every key of the mapping with its value, for mappings whose keys are names.
    std::vector<std::pair<std::string, Value>> all();
    /// No fault for keys that nobody asked for: the mapping's kind is unknown.
    void allow_rest() { rest_known_ = true; }
    /// Adds the fault for each key that nobody asked for.
    void finish();

private:
    template <class T, class Reading, class... Limits>
    static void store(const std::optional<Value>& value, T& into, Reading reading, Limits... limits)
    {
        if (!value)
            return;
        if (auto got = ((*value).*reading)(limits...))
            into = static_cast<T>(*std::move(got));
    }
    Value child(const Entry& entry) const;

    Value map_;
    bool is_map_ = false;
    bool rest_known_ = false;
    std::map<std::string_view, const Entry*> entries_;
    std::vector<std::string_view> asked_; // views of literals
};

template <class Read>
void Value::fields(Read read) const
{
    Fields keys(*this);
    if (!keys.is_map())
        return;
    read(keys);
    keys.finish();
}

/// Reads a whole file. Error: `invalid`: missing, not a regular file, larger than `most` bytes.
/// With `private_file`, also: readable or writable by others.
Result<std::string> read_file(const std::string& file, std::size_t most, bool private_file = false);

/// The bytes that a program's configuration may have.
inline constexpr std::size_t largest_configuration = 1024 * 1024;

/// Reads a program's configuration: `read(Value, T&)` reads its top. Error: `invalid`: every fault of the file, each
/// with file, line and column.
template <class T, class Read>
Result<T> read_configuration(const std::string& file, Read read)
{
    const auto text = read_file(file, largest_configuration);
    if (!text)
        return std::unexpected(text.error());
    const auto tree = parse(file, *text);
    if (!tree)
        return std::unexpected(tree.error());
    Faults faults(file);
    T made;
    read(Value(*tree, tree->mark, "", faults), made);
    if (!faults.empty())
        return invalid(faults.text());
    return made;
}

/// The section `log: {level: ...}`, which every program's configuration may have.
void read_log(const Value& value, std::string& level);

} // namespace gatehouse::yaml
