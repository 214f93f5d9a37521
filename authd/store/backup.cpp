// Backup files: JSON, one object a line. The first names the format, the last says how many there are of each, so that
// a file that was cut off is noticed.
#include "store/database.hpp"
#include "store/hexadecimal.hpp"
#include "store/store.hpp"

#include <boost/json.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <utility>

namespace gatehouse::store
{

namespace
{
namespace json = boost::json;

constexpr std::int64_t format = 1;
constexpr std::size_t rows_a_batch = 2'000;

json::object in_words(const BackupSize& size)
{
    return {
        {"mailboxes", size.mailboxes}, {"networks", size.networks}, {"counters", size.counters}, {"kept", size.kept}};
}

std::string said_by_system(const std::string& file)
{
    return file + ": " + std::strerror(errno);
}

/// Writes rows as they come. The first failure is kept and the rest ignored.
class BackupWriter final : public RowSink
{
public:
    explicit BackupWriter(std::FILE* out) : out_(out) {}

    void take(MailboxRow row) override
    {
        ++size_.mailboxes;
        line({{"mailbox", {row.realm, row.id, row.name}}});
    }
    void take(NetworkRow row) override
    {
        ++size_.networks;
        line({{"network", {row.realm, row.id, row.network, row.day}}});
    }
    void take(StepsRow row) override
    {
        ++size_.counters;
        line({{"steps", {row.counter, row.window.count(), row.writer, row.bucket, row.steps}}});
    }
    void take(KeptRow row) override
    {
        if (row.bytes.empty())
            return;
        ++size_.kept;
        line({{"kept", {row.key, hexadecimal(row.bytes), row.day}}});
    }
    void take(AttemptRow) override {} // of the last minutes: nothing that a restored store should believe

    void line(const json::object& object)
    {
        const std::string text = json::serialize(object) + '\n';
        good_ = good_ && std::fwrite(text.data(), 1, text.size(), out_) == text.size();
    }
    bool good() const { return good_; }
    const BackupSize& size() const { return size_; }

private:
    std::FILE* out_;
    bool good_ = true;
    BackupSize size_;
};

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

Result<BackupSize> write_backup(Database& database, std::FILE* out, const std::string& file)
{
    BackupWriter writer(out);
    writer.line({{"gatehouse_store", format}});
    if (auto read = database.read_news(writer); !read)
        return std::unexpected(read.error());
    writer.line({{"end", in_words(writer.size())}});
    if (!writer.good() || std::fflush(out) != 0 || ::fsync(::fileno(out)) != 0)
        return unavailable(said_by_system(file));
    return writer.size();
}

/// Adds the row that a line holds; false when it holds none.
bool add_row(const json::object& line, Batch& batch, BackupSize& size)
{
    const auto& [kind, value] = *line.begin();
    const json::array& row = value.as_array();
    auto text = [&](std::size_t at) { return json::value_to<std::string>(row.at(at)); };
    auto number = [&](std::size_t at) { return row.at(at).to_number<std::int64_t>(); };
    if (kind == "mailbox") {
        ++size.mailboxes;
        batch.claims.push_back({text(0), text(1), text(2)});
    } else if (kind == "network") {
        ++size.networks;
        batch.networks.push_back({text(0), text(1), text(2), number(3)});
    } else if (kind == "steps") {
        ++size.counters;
        batch.steps.push_back(
            {text(0), std::chrono::seconds(number(1)), number(2), number(3), static_cast<std::uint64_t>(number(4))});
    } else if (kind == "kept") {
        ++size.kept;
        batch.kept.push_back({text(0), from_hexadecimal(text(1)).value(), number(2), {}});
    } else {
        return false;
    }
    return true;
}

/// Reads a backup from its begin to its end and gives its rows to `use`, some thousand at a time. Error: it is not
/// whole, or what `use` says.
template <class Use>
Result<BackupSize> read_backup(const std::string& file, Use use)
{
    std::ifstream in(file);
    if (!in)
        return unavailable(said_by_system(file));
    BackupSize size;
    Batch batch;
    std::uint64_t number = 0;
    for (std::string text; std::getline(in, text);) {
        ++number;
        try {
            const json::value parsed = json::parse(text);
            const json::object& line = parsed.as_object();
            if (number == 1) {
                if (line.at("gatehouse_store").to_number<std::int64_t>() != format)
                    return invalid(file + ": a backup of a later Gatehouse");
                continue;
            }
            if (const json::value* const end = line.if_contains("end")) {
                if (*end != json::value(in_words(size)))
                    return invalid(file + ": lines are missing: it holds " + json::serialize(in_words(size)) +
                                   " and should hold " + json::serialize(*end));
                if (auto used = use(std::exchange(batch, {})); !used)
                    return std::unexpected(used.error());
                return size;
            }
            if (!add_row(line, batch, size))
                return invalid(file + ":" + std::to_string(number) + ": not a line of a backup");
        } catch (const std::exception&) {
            return invalid(file + ":" + std::to_string(number) + ": not a line of a backup");
        }
        if (batch.size() >= rows_a_batch)
            if (auto used = use(std::exchange(batch, {})); !used)
                return std::unexpected(used.error());
    }
    return invalid(file + ": it ends too early, after " + std::to_string(number) + " lines");
}

/// Counts the mailbox names of a store.
class NameCount final : public RowSink
{
public:
    void take(MailboxRow) override { ++names; }
    void take(NetworkRow) override {}
    void take(StepsRow) override {}
    void take(KeptRow) override {}
    void take(AttemptRow) override {}
    std::uint64_t names = 0;
};

Result<void> check_unused(Database& database)
{
    const auto others = database.others();
    if (!others)
        return std::unexpected(others.error());
    if (*others > 0)
        return invalid("the store is used by " + std::to_string(*others) + " authds: stop them, and wait a minute");
    NameCount count;
    if (auto read = database.read_news(count); !read)
        return read;
    if (count.names > 0)
        return invalid("the store holds " + std::to_string(count.names) +
                       " mailbox names already; a backup is restored into an empty one: move the old one away first");
    return {};
}

Result<void> write_rows(Database& database, const Batch& batch)
{
    const auto settled = database.apply(batch);
    if (!settled)
        return std::unexpected(settled.error());
    for (std::size_t i = 0; i < settled->size(); ++i)
        if ((*settled)[i].name != batch.claims[i].wanted)
            return invalid("two people have the mailbox name " + batch.claims[i].wanted);
    return {};
}
} // namespace

Result<BackupSize> backup_store(const StoreSettings& settings, const std::string& file)
{
    const auto database = make_database(settings, Purpose::copy, 0);
    if (!database)
        return std::unexpected(database.error());
    if (auto opened = (*database)->open(); !opened)
        return std::unexpected(opened.error());
    const std::string part = file + ".part";
    const int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return unavailable(said_by_system(part));
    const File out(::fdopen(fd, "w"));
    auto written = write_backup(**database, out.get(), part);
    if (written && ::rename(part.c_str(), file.c_str()) != 0)
        written = unavailable(said_by_system(file));
    if (!written)
        ::unlink(part.c_str());
    return written;
}

Result<BackupSize> restore_store(const StoreSettings& settings, const std::string& file)
{
    if (auto whole = read_backup(file, [](const Batch&) { return Result<void>(); }); !whole)
        return whole;
    const auto database = make_database(settings, Purpose::serve, 0);
    if (!database)
        return std::unexpected(database.error());
    if (auto opened = (*database)->open(); !opened)
        return std::unexpected(opened.error());
    if (auto unused = check_unused(**database); !unused)
        return std::unexpected(unused.error());
    auto restored = read_backup(file, [&](const Batch& batch) { return write_rows(**database, batch); });
    if (!restored)
        return std::unexpected(
            Error{restored.error().kind,
                  "the store was restored in part only and must not be used: " + restored.error().text});
    return restored;
}

} // namespace gatehouse::store
