#include "store/database.hpp"

#include "store/postgresql_database.hpp"
#include "store/sqlite_database.hpp"

namespace gatehouse::store
{

Result<std::unique_ptr<Database>> make_database(const StoreSettings& settings, Purpose purpose, std::int64_t writer)
{
    if (settings.file.empty() == settings.postgresql.empty())
        return invalid("store: give a file (SQLite) or postgresql, one of them");
    if (settings.postgresql.empty())
        return std::make_unique<SqliteDatabase>(settings.file, purpose);
    return std::make_unique<PostgresqlDatabase>(settings, purpose, writer);
}

} // namespace gatehouse::store
