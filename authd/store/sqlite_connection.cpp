#include "store/sqlite_connection.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

namespace gatehouse::store
{

namespace
{
constexpr int busy_timeout_ms = 1'000;
} // namespace

SqliteStatement& SqliteStatement::bind(std::string_view text)
{
    const int code =
        sqlite3_bind_text64(statement_.get(), next_++, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    bound_ = bound_ == SQLITE_OK ? code : bound_;
    return *this;
}

SqliteStatement& SqliteStatement::bind(std::int64_t number)
{
    const int code = sqlite3_bind_int64(statement_.get(), next_++, number);
    bound_ = bound_ == SQLITE_OK ? code : bound_;
    return *this;
}

SqliteStatement& SqliteStatement::bind_blob(std::string_view bytes)
{
    const int code = bytes.empty()
                         ? sqlite3_bind_zeroblob(statement_.get(), next_++, 0) // a null pointer would bind NULL
                         : sqlite3_bind_blob64(statement_.get(), next_++, bytes.data(), bytes.size(), SQLITE_STATIC);
    bound_ = bound_ == SQLITE_OK ? code : bound_;
    return *this;
}

Result<bool> SqliteStatement::step()
{
    const int code = bound_ == SQLITE_OK ? sqlite3_step(statement_.get()) : bound_;
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    const auto error = connection_->error(code); // before the reset, which may change it
    reset();
    return error;
}

Result<std::int64_t> SqliteStatement::run()
{
    const auto stepped = step();
    if (!stepped)
        return std::unexpected(stepped.error());
    reset();
    return connection_->changed();
}

void SqliteStatement::reset()
{
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
    next_ = 1;
    bound_ = SQLITE_OK;
}

std::string SqliteStatement::text(int column) const
{
    const void* const bytes = sqlite3_column_blob(statement_.get(), column);
    const int size = sqlite3_column_bytes(statement_.get(), column);
    return bytes == nullptr ? std::string()
                            : std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

Result<SqliteConnection> SqliteConnection::open(const std::string& file, bool read_only)
{
    SqliteConnection connection;
    connection.file_ = file;
    sqlite3* handle = nullptr;
    const int flags = (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX;
    const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
    connection.handle_.reset(handle);
    if (code != SQLITE_OK)
        return connection.error(code);
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, busy_timeout_ms);
    return connection;
}

Result<void> SqliteConnection::execute(const char* sql) const
{
    const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        return error(code);
    return {};
}

Result<SqliteStatement> SqliteConnection::prepare(std::string_view sql) const
{
    SqliteStatement statement;
    statement.connection_ = this;
    sqlite3_stmt* prepared = nullptr;
    const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
    statement.statement_.reset(prepared);
    if (code != SQLITE_OK)
        return error(code);
    return statement;
}

Result<std::int64_t> SqliteConnection::number(std::string_view sql) const
{
    auto statement = prepare(sql);
    if (!statement)
        return std::unexpected(statement.error());
    const auto row = statement->step();
    if (!row)
        return std::unexpected(row.error());
    return *row ? statement->number(0) : 0;
}

std::unexpected<Error> SqliteConnection::error(int code) const
{
    const int system = handle_ ? sqlite3_system_errno(handle_.get()) : 0;
    const std::string reason =
        std::string(sqlite3_errstr(code)) + (system != 0 ? std::string(" (") + std::strerror(system) + ")" : "");
    switch (code & 0xFF) {
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE: return invalid(file_ + ": " + sqlite3_errmsg(handle_.get()));
    case SQLITE_ERROR: return unavailable(file_ + ": " + sqlite3_errmsg(handle_.get())); // its tables are not ours
    case SQLITE_FULL: return unavailable(file_ + ": the disk is full");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return unavailable(file_ + ": " + reason +
                           ". Nothing is deleted: stop authd, move the file away together with " + file_ +
                           "-wal, and restore the last backup");
    case SQLITE_READONLY: return unavailable(file_ + ": cannot be written: " + reason);
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return unavailable(file_ + ": another program has locked it for longer than a second");
    default: return unavailable(file_ + ": " + reason);
    }
}

bool SqliteConnection::broken() const
{
    switch (sqlite3_errcode(handle_.get()) & 0xFF) {
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL: return true;
    default: return false;
    }
}

} // namespace gatehouse::store
