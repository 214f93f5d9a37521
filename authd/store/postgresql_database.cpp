#include "store/postgresql_database.hpp"

#include "store/hexadecimal.hpp"
#include "store/postgresql_writes.hpp"
#include "store/schema.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>
#include <tuple>
#include <utility>

namespace gatehouse::store
{

namespace
{
constexpr auto lock_writers = "SELECT pg_advisory_xact_lock(7017280542101432)"; // a number that nobody else uses
constexpr std::int64_t rows_at_once = 5'000;                                    // to forget

std::string host_name()
{
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "authd";
}

MailboxRow mailbox_row(const PostgresqlRows& row)
{
    return {row.text(0, 1), row.text(0, 2), row.text(0, 3)};
}

NetworkRow network_row(const PostgresqlRows& row)
{
    return {row.text(0, 1), row.text(0, 2), row.text(0, 3), row.number(0, 4)};
}

StepsRow steps_row(const PostgresqlRows& row)
{
    return {row.text(0, 1), std::chrono::seconds(row.number(0, 2)), row.number(0, 3), row.number(0, 4),
            static_cast<std::uint64_t>(row.number(0, 5))};
}

AttemptRow attempt_row(const PostgresqlRows& row)
{
    return {row.text(0, 1),
            row.text(0, 2),
            row.number(0, 3),
            row.number(0, 4),
            static_cast<AttemptRow::State>(row.number(0, 5)),
            row.number(0, 6),
            row.number(0, 7),
            row.number(0, 8),
            {}};
}

KeptRow kept_row(const PostgresqlRows& row)
{
    std::string bytes = row.text(0, 2); // \x and hexadecimal digits
    return {row.text(0, 1), from_hexadecimal(std::string_view(bytes).substr(2)).value_or(""), row.number(0, 3), {}};
}
} // namespace

PostgresqlDatabase::PostgresqlDatabase(StoreSettings settings, Purpose purpose, std::int64_t writer)
    : settings_(std::move(settings)),
      purpose_(purpose),
      writer_(std::to_string(writer)),
      node_(settings_.node.empty() ? host_name() : settings_.node)
{
}

Result<void> PostgresqlDatabase::open()
{
    if (connection_)
        return {};
    auto connection = PostgresqlConnection::connect(settings_);
    if (!connection)
        return std::unexpected(connection.error());
    connection_.emplace(std::move(*connection));
    auto ready = migrate();
    if (ready && purpose_ == Purpose::serve)
        ready = connection_->execute("LISTEN gatehouse_store"); // before the first read, so that nothing is missed
    if (ready)
        ready = notice_restored_database();
    if (!ready)
        connection_.reset();
    return ready;
}

Result<void> PostgresqlDatabase::migrate()
{
    const auto begun = connection_->execute("BEGIN");
    if (!begun)
        return begun;
    const auto done = migrate_locked();
    if (!done && connection_->refused_for_good())
        return invalid(done.error().text + ". Its database must belong to the role that authd logs in as");
    if (!done)
        return done;
    return connection_->execute("COMMIT");
}

Result<void> PostgresqlDatabase::migrate_locked()
{
    if (auto locked = connection_->ask(lock_writers); !locked)
        return std::unexpected(locked.error());
    const auto there = connection_->ask("SELECT to_regclass('schema_version') IS NOT NULL");
    if (!there)
        return std::unexpected(there.error());
    std::int64_t version = 0;
    if (there->text(0, 0) == "t") {
        const auto known = connection_->ask("SELECT max(version) FROM schema_version");
        if (!known)
            return std::unexpected(known.error());
        version = known->number(0, 0);
    }
    if (version < 0 || static_cast<std::size_t>(version) > postgresql_steps.size())
        return from_the_future("PostgreSQL: the store", version, postgresql_steps.size());
    if (static_cast<std::size_t>(version) == postgresql_steps.size())
        return {};
    if (purpose_ == Purpose::copy)
        return invalid("PostgreSQL: its store has version " + std::to_string(version) +
                       " or none: start authd first, which makes it or brings it up to date");
    std::string sql = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL);";
    for (auto step = static_cast<std::size_t>(version); step < postgresql_steps.size(); ++step)
        sql += postgresql_steps[step];
    sql += "DELETE FROM schema_version; INSERT INTO schema_version VALUES (" + std::to_string(postgresql_steps.size()) +
           ")";
    return connection_->execute(sql);
}

/// After a restore from an older backup, changes begin again at lower numbers: everything is read anew.
Result<void> PostgresqlDatabase::notice_restored_database()
{
    const auto highest = connection_->ask("SELECT last_value FROM changes");
    if (!highest)
        return std::unexpected(highest.error());
    if (highest->number(0, 0) < last_)
        last_ = 0;
    return {};
}

Result<void> PostgresqlDatabase::read_news(RowSink& sink)
{
    // One snapshot for all tables, or a change might be seen in one and be missed in another.
    const auto begun = connection_->execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
                                            "SET LOCAL statement_timeout = 0"); // our own deadline is for each row
    if (!begun)
        return std::unexpected(gave_up(begun.error()));
    std::int64_t last = last_;
    auto read = read_all(sink, last);
    if (read)
        read = connection_->execute("COMMIT");
    if (!read)
        return std::unexpected(gave_up(read.error()));
    last_ = last;
    return {};
}

Result<void> PostgresqlDatabase::read_all(RowSink& sink, std::int64_t& last)
{
    const std::array since{std::to_string(last_)};
    auto read = [&](const char* sql, auto row_of) {
        return connection_->ask_for_each(sql, since, [&](const PostgresqlRows& row) {
            last = std::max(last, row.number(0, 0));
            sink.take(row_of(row));
        });
    };
    if (auto done = read("SELECT change, realm, id, name FROM mailboxes WHERE change > $1", mailbox_row); !done)
        return done;
    if (auto done = read("SELECT change, realm, id, network, day FROM networks WHERE change > $1", network_row); !done)
        return done;
    if (auto done =
            read("SELECT change, counter, window_s, writer, bucket, steps FROM counters WHERE change > $1", steps_row);
        !done)
        return done;
    if (auto done = read("SELECT change, realm, id, writer, number, state, at, ends, place FROM attempts "
                         "WHERE change > $1 ORDER BY change",
                         attempt_row);
        !done)
        return done;
    return read("SELECT change, key, bytes, day FROM kept WHERE change > $1", kept_row);
}

template <class Work>
auto PostgresqlDatabase::in_transaction(bool must_last, Work work) -> decltype(work())
{
    std::string begin = "BEGIN; ";
    if (!must_last)
        begin += "SET LOCAL synchronous_commit = off; ";
    if (auto begun = connection_->execute(begin + lock_writers); !begun)
        return std::unexpected(gave_up(begun.error()));
    auto done = work();
    if (!done)
        return std::unexpected(gave_up(done.error()));
    if (auto committed = connection_->execute("COMMIT"); !committed)
        return std::unexpected(gave_up(committed.error()));
    return done;
}

Result<std::vector<Settled>> PostgresqlDatabase::apply(const Batch& batch)
{
    return in_transaction(batch.must_last(), [&] { return write(batch); });
}

Result<std::vector<Settled>> PostgresqlDatabase::write(const Batch& batch)
{
    auto settled = settle(*connection_, batch.claims);
    if (!settled)
        return settled;
    if (auto done = write_rows(*connection_, batch); !done)
        return std::unexpected(done.error());
    // Kept bytes may just have replaced another node's, of which this node hears later: it reads its own again, too.
    const std::array payload{batch.kept.empty() ? writer_ : std::string("all")};
    if (auto told = connection_->ask("SELECT pg_notify('gatehouse_store', $1)", payload); !told)
        return std::unexpected(told.error());
    return settled;
}

Result<bool> PostgresqlDatabase::forget(WallTime now)
{
    const std::string limit = " LIMIT " + std::to_string(rows_at_once) + ") RETURNING 1";
    const std::array before{std::to_string(day_of(now) - days_remembered)};
    const std::array moment{std::to_string(milliseconds_of(now))};
    const std::array<std::pair<std::string, std::span<const std::string>>, 4> statements{{
        {"DELETE FROM networks WHERE ctid IN (SELECT ctid FROM networks WHERE day < $1", before},
        {"DELETE FROM kept WHERE ctid IN (SELECT ctid FROM kept WHERE length(bytes) = 0 AND day < $1", before},
        {"DELETE FROM counters WHERE ctid IN (SELECT ctid FROM counters WHERE bucket + window_s * 1125 < $1",
         moment}, // a window and an eighth, in milliseconds
        {"DELETE FROM attempts WHERE ctid IN (SELECT ctid FROM attempts WHERE ends < $1", moment},
    }};
    bool more = false;
    for (const auto& [from, values] : statements) {
        const auto deleted = connection_->ask(from + limit, values);
        if (!deleted)
            return std::unexpected(gave_up(deleted.error()));
        more = more || static_cast<std::int64_t>(deleted->size()) == rows_at_once;
    }
    return more;
}

Result<std::uint32_t> PostgresqlDatabase::greet()
{
    const std::array values{writer_, node_};
    // What is left of this node's life before would count for a minute.
    if (!std::exchange(greeted_, true))
        if (auto done = connection_->ask("DELETE FROM nodes WHERE name = $2 AND writer <> $1::bigint "
                                         "OR seen < now() - interval '1 day'",
                                         values);
            !done)
            return std::unexpected(gave_up(done.error()));
    if (auto done = connection_->ask("INSERT INTO nodes (writer, name, seen) VALUES ($1, $2, now()) "
                                     "ON CONFLICT (writer) DO UPDATE SET seen = now()",
                                     values);
        !done)
        return std::unexpected(gave_up(done.error()));
    const auto more = others();
    if (!more)
        return more;
    return *more + 1;
}

Result<std::uint32_t> PostgresqlDatabase::others()
{
    const std::array values{writer_};
    const auto counted = connection_->ask(
        "SELECT count(*) FROM nodes WHERE writer <> $1 AND seen > now() - interval '1 minute'", values);
    if (!counted)
        return std::unexpected(gave_up(counted.error()));
    return static_cast<std::uint32_t>(counted->number(0, 0));
}

void PostgresqlDatabase::leave()
{
    const std::array values{writer_};
    if (connection_)
        std::ignore =
            connection_->ask("DELETE FROM nodes WHERE writer = $1", values); // else it counts for a minute more
}

Result<bool> PostgresqlDatabase::news_came()
{
    const auto payloads = connection_->notifications();
    if (!payloads)
        return std::unexpected(gave_up(payloads.error()));
    return std::ranges::any_of(*payloads, [&](const std::string& payload) { return payload != writer_; });
}

/// After a failure: what the values caused leaves the connection as it was, everything else takes a new one.
Error PostgresqlDatabase::gave_up(Error error)
{
    if (error.kind != ErrorKind::invalid || !connection_->execute("ROLLBACK"))
        connection_.reset();
    return error;
}

} // namespace gatehouse::store
