#include "store/sqlite_database.hpp"

#include "store/counters.hpp"
#include "store/mailbox_name.hpp"
#include "store/schema.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <tuple>
#include <utility>

namespace gatehouse::store
{

namespace
{
constexpr std::int64_t rows_at_once = 5'000; // to forget

MailboxRow mailbox_row(const SqliteStatement& row)
{
    return {row.text(0), row.text(1), row.text(2)};
}

NetworkRow network_row(const SqliteStatement& row)
{
    return {row.text(0), row.text(1), row.text(2), row.number(3)};
}

StepsRow steps_row(const SqliteStatement& row)
{
    return {row.text(0), std::chrono::seconds(row.number(1)), row.number(2), row.number(3),
            static_cast<std::uint64_t>(row.number(4))};
}

AttemptRow attempt_row(const SqliteStatement& row)
{
    return {row.text(0),
            row.text(1),
            row.number(2),
            row.number(3),
            static_cast<AttemptRow::State>(row.number(4)),
            row.number(5),
            row.number(6),
            0,
            {}};
}

KeptRow kept_row(const SqliteStatement& row)
{
    return {row.text(0), row.text(1), row.number(2), {}};
}
} // namespace

Result<void> SqliteDatabase::open()
{
    if (connection_)
        return {};
    if (purpose_ == Purpose::serve) {
        if (auto made = make_file(); !made)
            return made;
        if (!lock_) {
            auto lock = FileLock::take(file_ + ".lock");
            if (!lock)
                return invalid(lock.error().kind == ErrorKind::limit
                                   ? file_ + ": another authd uses this store. Give each its own file (store.file), or "
                                             "let them share a PostgreSQL (store.postgresql)"
                                   : lock.error().text);
            lock_.emplace(std::move(*lock));
        }
    }
    auto connection = SqliteConnection::open(file_, false);
    if (!connection)
        return invalid(connection.error().text);
    connection_.emplace(std::move(*connection));
    auto ready = purpose_ == Purpose::serve ? prepare_to_serve() : connection_->execute("PRAGMA query_only = 1");
    if (ready)
        ready = migrate();
    if (ready && purpose_ == Purpose::serve)
        ready = prepare();
    if (!ready) {
        connection_.reset();
        return invalid(ready.error().text);
    }
    return {};
}

/// The files beside it (-wal, -shm) get the same mode and owner.
Result<void> SqliteDatabase::make_file() const
{
    const int fd = make_own_file(file_);
    if (fd < 0 && errno != EEXIST)
        return invalid(file_ + ": cannot make it: " + std::strerror(errno));
    if (fd >= 0)
        ::close(fd);
    return {};
}

Result<void> SqliteDatabase::prepare_to_serve()
{
    if (connection_->read_only()) // SQLite falls back to reading by itself
        return invalid(file_ + ": may not be written; it and its folder must belong to the user that authd runs as");
    if (auto whole = check_whole(); !whole)
        return whole;
    syncs_ = false;
    return connection_->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF");
}

/// Some damage would show at the first read, some only years later, when the page is needed.
Result<void> SqliteDatabase::check_whole() const
{
    auto check = connection_->prepare("PRAGMA quick_check(1)");
    if (!check)
        return std::unexpected(check.error());
    const auto row = check->step();
    if (!row)
        return std::unexpected(row.error());
    if (*row && check->text(0) != "ok")
        return unavailable(connection_->error(SQLITE_CORRUPT).error().text + " (" + check->text(0) + ")");
    return {};
}

Result<void> SqliteDatabase::migrate() const
{
    const auto tables = connection_->number("SELECT count(*) FROM sqlite_master WHERE type = 'table'");
    if (!tables)
        return std::unexpected(tables.error());
    const auto ours = connection_->number("SELECT count(*) FROM sqlite_master WHERE name = 'schema_version'");
    if (!ours)
        return std::unexpected(ours.error());
    if (*ours == 0 && (*tables != 0 || purpose_ == Purpose::copy))
        return invalid(file_ + ": is no store of Gatehouse's" +
                       (*tables != 0 ? ", but another program's database" : ""));
    const auto version = *ours == 0 ? 0 : connection_->number("SELECT version FROM schema_version");
    if (!version)
        return std::unexpected(version.error());
    if (*version < 0 || static_cast<std::size_t>(*version) > sqlite_steps.size())
        return from_the_future(file_, *version, sqlite_steps.size());
    const auto done = static_cast<std::size_t>(*version);
    if (done == sqlite_steps.size())
        return {};
    if (purpose_ == Purpose::copy)
        return invalid(file_ + ": its schema has version " + std::to_string(done) +
                       ", an older one: start authd first, which brings it up to date");
    std::string sql = "BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT;";
    for (std::size_t step = done; step < sqlite_steps.size(); ++step)
        sql += sqlite_steps[step];
    sql += "DELETE FROM schema_version; INSERT INTO schema_version VALUES (" + std::to_string(sqlite_steps.size()) +
           "); COMMIT";
    return connection_->execute(sql.c_str());
}

Result<void> SqliteDatabase::prepare()
{
    Statements made;
    const std::pair<SqliteStatement*, std::string_view> all[] = {
        {&made.claim, "INSERT INTO mailboxes (realm, id, name, folded) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"},
        {&made.name_of, "SELECT name FROM mailboxes WHERE realm = ? AND id = ?"},
        {&made.owner_of, "SELECT realm || '/' || id FROM mailboxes WHERE folded = ?"},
        {&made.network, "INSERT INTO networks (realm, id, network, day) VALUES (?, ?, ?, ?) "
                        "ON CONFLICT (realm, id, network) DO UPDATE SET day = max(day, excluded.day)"},
        {&made.steps, "INSERT INTO counters (counter, window_s, writer, bucket, steps) VALUES (?, ?, ?, ?, ?) "
                      "ON CONFLICT (counter, window_s, writer, bucket) "
                      "DO UPDATE SET steps = max(steps, excluded.steps)"},
        {&made.kept, "INSERT INTO kept (key, bytes, day) VALUES (?, ?, ?) "
                     "ON CONFLICT (key) DO UPDATE SET bytes = excluded.bytes, day = excluded.day"},
        {&made.attempt,
         "INSERT INTO attempts (realm, id, writer, number, state, at, ends) VALUES (?, ?, ?, ?, ?, ?, ?) "
         "ON CONFLICT (writer, number) DO UPDATE SET state = excluded.state, at = excluded.at, ends = excluded.ends"},
    };
    for (const auto& [statement, sql] : all) {
        auto prepared = connection_->prepare(sql);
        if (!prepared)
            return std::unexpected(prepared.error());
        *statement = std::move(*prepared);
    }
    statements_.emplace(std::move(made));
    return {};
}

Result<void> SqliteDatabase::read_news(RowSink& sink)
{
    if (read_)
        return {}; // nobody else writes
    if (auto begun = connection_->execute("BEGIN"); !begun)
        return std::unexpected(gave_up(begun.error()));
    auto read = read_all(sink);
    if (!read)
        read = std::unexpected(gave_up(read.error()));
    else
        read = connection_->execute("COMMIT");
    read_ = read.has_value();
    return read;
}

Result<void> SqliteDatabase::read_all(RowSink& sink) const
{
    if (auto read = read_table("SELECT realm, id, name FROM mailboxes", sink, mailbox_row); !read)
        return read;
    if (auto read = read_table("SELECT realm, id, network, day FROM networks", sink, network_row); !read)
        return read;
    if (auto read = read_table("SELECT counter, window_s, writer, bucket, steps FROM counters", sink, steps_row); !read)
        return read;
    if (auto read = read_table("SELECT realm, id, writer, number, state, at, ends FROM attempts ORDER BY at", sink,
                               attempt_row);
        !read)
        return read;
    return read_table("SELECT key, bytes, day FROM kept", sink, kept_row);
}

template <class Row>
Result<void> SqliteDatabase::read_table(std::string_view sql, RowSink& sink,
                                        Row (*row_of)(const SqliteStatement&)) const
{
    auto statement = connection_->prepare(sql);
    if (!statement)
        return std::unexpected(statement.error());
    for (;;) {
        const auto row = statement->step();
        if (!row)
            return std::unexpected(row.error());
        if (!*row)
            return {};
        sink.take(row_of(*statement));
    }
}

Result<std::vector<Settled>> SqliteDatabase::apply(const Batch& batch)
{
    auto begun = sync_at_commit(batch.must_last());
    if (begun)
        begun = connection_->execute("BEGIN IMMEDIATE");
    if (!begun)
        return std::unexpected(gave_up(begun.error()));
    auto settled = write(batch);
    if (!settled)
        return std::unexpected(gave_up(settled.error()));
    if (auto committed = connection_->execute("COMMIT"); !committed)
        return std::unexpected(gave_up(committed.error()));
    return settled;
}

/// In WAL mode, NORMAL may lose the last transactions in a power cut, and FULL waits for the disk at each.
Result<void> SqliteDatabase::sync_at_commit(bool wanted)
{
    if (syncs_ == wanted)
        return {};
    if (auto set = connection_->execute(wanted ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"); !set)
        return set;
    syncs_ = wanted;
    return {};
}

Result<std::vector<Settled>> SqliteDatabase::write(const Batch& batch)
{
    std::vector<Settled> settled;
    for (const Claim& claim : batch.claims) {
        auto one = settle(claim);
        if (!one)
            return std::unexpected(one.error());
        settled.push_back(std::move(*one));
    }
    auto run = [](SqliteStatement& statement) -> Result<void> {
        const auto changed = statement.run();
        if (!changed)
            return std::unexpected(changed.error());
        return {};
    };
    Result<void> done;
    for (auto row = batch.networks.begin(); done && row != batch.networks.end(); ++row)
        done = run(statements_->network.bind(row->realm).bind(row->id).bind(row->network).bind(row->day));
    for (auto row = batch.steps.begin(); done && row != batch.steps.end(); ++row)
        done = run(statements_->steps.bind(row->counter)
                       .bind(row->window.count())
                       .bind(row->writer)
                       .bind(row->bucket)
                       .bind(static_cast<std::int64_t>(row->steps)));
    for (auto row = batch.kept.begin(); done && row != batch.kept.end(); ++row)
        done = run(statements_->kept.bind(row->key).bind_blob(row->bytes).bind(row->day));
    for (auto row = batch.attempts.begin(); done && row != batch.attempts.end(); ++row)
        done = run(statements_->attempt.bind(row->realm)
                       .bind(row->id)
                       .bind(row->writer)
                       .bind(row->number)
                       .bind(static_cast<std::int64_t>(row->state))
                       .bind(row->at)
                       .bind(row->ends));
    if (!done)
        return std::unexpected(done.error());
    return settled;
}

Result<Settled> SqliteDatabase::settle(const Claim& claim)
{
    Settled settled;
    for (std::uint32_t number = claim.number; number <= last_candidate; ++number) {
        const std::string name = candidate(claim.wanted, number);
        const std::string key = folded(name);
        const auto changed = statements_->claim.bind(claim.realm).bind(claim.id).bind(name).bind(key).run();
        if (!changed)
            return std::unexpected(changed.error());
        if (*changed > 0) {
            settled.name = name;
            return settled;
        }
        auto own = ask(statements_->name_of.bind(claim.realm).bind(claim.id));
        if (!own)
            return std::unexpected(own.error());
        if (*own) { // this very claim, repeated
            settled.name = std::move(**own);
            return settled;
        }
        auto owner = ask(statements_->owner_of.bind(key));
        if (!owner)
            return std::unexpected(owner.error());
        if (settled.rival.empty())
            settled.rival = owner->value_or("");
    }
    return invalid("the mailbox names up to " + candidate(claim.wanted, last_candidate) + " are all taken");
}

Result<std::optional<std::string>> SqliteDatabase::ask(SqliteStatement& statement)
{
    const auto row = statement.step();
    if (!row)
        return std::unexpected(row.error());
    std::optional<std::string> answer;
    if (*row)
        answer = statement.text(0);
    statement.reset();
    return answer;
}

Result<bool> SqliteDatabase::forget(WallTime now)
{
    const std::string limit = " LIMIT " + std::to_string(rows_at_once) + ")";
    const std::string before = std::to_string(day_of(now) - days_remembered);
    const std::string statements[] = {
        "DELETE FROM networks WHERE rowid IN (SELECT rowid FROM networks WHERE day < " + before + limit,
        "DELETE FROM kept WHERE rowid IN (SELECT rowid FROM kept WHERE length(bytes) = 0 AND day < " + before + limit,
        "DELETE FROM counters WHERE rowid IN (SELECT rowid FROM counters WHERE bucket + window_s * 1125 < " +
            std::to_string(milliseconds_of(now)) + limit, // a window and an eighth, in milliseconds
        "DELETE FROM attempts WHERE rowid IN (SELECT rowid FROM attempts WHERE ends < " +
            std::to_string(milliseconds_of(now)) + limit,
    };
    bool more = false;
    for (const std::string& sql : statements) {
        if (auto done = connection_->execute(sql.c_str()); !done)
            return std::unexpected(gave_up(done.error()));
        more = more || connection_->changed() == rows_at_once;
    }
    return more;
}

/// After a failure: no transaction stays open, and a connection that is broken is opened anew.
Error SqliteDatabase::gave_up(Error error)
{
    const bool broken = connection_->broken(); // before the rollback changes what it says
    if (connection_->in_transaction())
        std::ignore = connection_->execute("ROLLBACK"); // some failures have rolled back by themselves
    if (broken) {
        statements_.reset();
        connection_.reset();
    }
    return error;
}

} // namespace gatehouse::store
