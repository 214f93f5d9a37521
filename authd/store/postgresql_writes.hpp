#pragma once

#include "base/result.hpp"
#include "store/postgresql_connection.hpp"
#include "store/rows.hpp"

#include <vector>

namespace gatehouse::store
{

// What a batch is in SQL: one statement a table, whatever the number of rows. In a transaction that holds the lock.

/// Gives each claim its name: all in one statement, then one by one those whose name was taken.
Result<std::vector<Settled>> settle(PostgresqlConnection& connection, const std::vector<Claim>& claims);

/// Everything but the claims.
Result<void> write_rows(PostgresqlConnection& connection, const Batch& batch);

} // namespace gatehouse::store
