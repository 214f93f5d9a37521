#include "store/postgresql_writes.hpp"

#include "store/hexadecimal.hpp"
#include "store/mailbox_name.hpp"

#include <array>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <utility>

namespace gatehouse::store
{

namespace
{
/// A column of rows: what `member` says of each.
template <class Value, class Row, class Member>
std::string column(const std::vector<Row>& rows, Member member)
{
    std::vector<Value> values;
    values.reserve(rows.size());
    for (const Row& row : rows)
        values.push_back(static_cast<Value>(member(row)));
    return array_of(std::span<const Value>(values));
}

Result<Settled> settle_one(PostgresqlConnection& connection, const Claim& claim)
{
    const std::array owner{claim.realm, claim.id};
    const auto own = connection.ask("SELECT name FROM mailboxes WHERE realm = $1 AND id = $2", owner);
    if (!own)
        return std::unexpected(own.error());
    if (own->size() > 0) // this very claim, repeated, or another node's for the same person
        return Settled{own->text(0, 0)};
    Settled settled;
    for (std::uint32_t number = claim.number; number <= last_candidate; ++number) {
        const std::string name = candidate(claim.wanted, number);
        const std::array values{claim.realm, claim.id, name, folded(name)};
        const auto given = connection.ask("INSERT INTO mailboxes (realm, id, name, folded, change) "
                                          "VALUES ($1, $2, $3, $4, nextval('changes')) "
                                          "ON CONFLICT DO NOTHING RETURNING name",
                                          values);
        if (!given)
            return std::unexpected(given.error());
        if (given->size() > 0) {
            settled.name = name;
            return settled;
        }
        const auto rival =
            connection.ask("SELECT realm || '/' || id FROM mailboxes WHERE folded = $1", std::span(values).last(1));
        if (!rival)
            return std::unexpected(rival.error());
        if (settled.rival.empty() && rival->size() > 0)
            settled.rival = rival->text(0, 0);
    }
    return invalid("the mailbox names up to " + candidate(claim.wanted, last_candidate) + " are all taken");
}

Result<void> write_networks(PostgresqlConnection& connection, const std::vector<NetworkRow>& rows)
{
    if (rows.empty())
        return {};
    const std::array columns{column<std::string>(rows, [](const NetworkRow& row) { return row.realm; }),
                             column<std::string>(rows, [](const NetworkRow& row) { return row.id; }),
                             column<std::string>(rows, [](const NetworkRow& row) { return row.network; }),
                             column<std::int64_t>(rows, [](const NetworkRow& row) { return row.day; })};
    const auto done = connection.ask(
        "INSERT INTO networks (realm, id, network, day, change) "
        "SELECT realm, id, network, day, nextval('changes') FROM (SELECT realm, id, network, max(day) AS day "
        "FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS seen (realm, id, network, day) "
        "GROUP BY realm, id, network) AS latest ON CONFLICT (realm, id, network) "
        "DO UPDATE SET day = greatest(networks.day, excluded.day), change = excluded.change",
        columns);
    if (!done)
        return std::unexpected(done.error());
    return {};
}

Result<void> write_steps(PostgresqlConnection& connection, const std::vector<StepsRow>& rows)
{
    if (rows.empty())
        return {};
    const std::array columns{column<std::string>(rows, [](const StepsRow& row) { return row.counter; }),
                             column<std::int64_t>(rows, [](const StepsRow& row) { return row.window.count(); }),
                             column<std::int64_t>(rows, [](const StepsRow& row) { return row.writer; }),
                             column<std::int64_t>(rows, [](const StepsRow& row) { return row.bucket; }),
                             column<std::int64_t>(rows, [](const StepsRow& row) { return row.steps; })};
    const auto done = connection.ask(
        "INSERT INTO counters (counter, window_s, writer, bucket, steps, change) "
        "SELECT counter, window_s, writer, bucket, steps, nextval('changes') "
        "FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) "
        "AS added (counter, window_s, writer, bucket, steps) ON CONFLICT (counter, window_s, writer, bucket) "
        "DO UPDATE SET steps = greatest(counters.steps, excluded.steps), change = excluded.change",
        columns);
    if (!done)
        return std::unexpected(done.error());
    return {};
}

/// An attempt takes its place when it is written first. That is before anything else of it is known, so a repeated
/// write or its end leaves the place as it is.
Result<void> write_attempts(PostgresqlConnection& connection, const std::vector<AttemptRow>& rows)
{
    if (rows.empty())
        return {};
    const std::array columns{
        column<std::string>(rows, [](const AttemptRow& row) { return row.realm; }),
        column<std::string>(rows, [](const AttemptRow& row) { return row.id; }),
        column<std::int64_t>(rows, [](const AttemptRow& row) { return row.writer; }),
        column<std::int64_t>(rows, [](const AttemptRow& row) { return row.number; }),
        column<std::int64_t>(rows, [](const AttemptRow& row) { return static_cast<std::int64_t>(row.state); }),
        column<std::int64_t>(rows, [](const AttemptRow& row) { return row.at; }),
        column<std::int64_t>(rows, [](const AttemptRow& row) { return row.ends; })};
    const auto done = connection.ask(
        "INSERT INTO attempts (realm, id, writer, number, state, at, ends, place, change) "
        "SELECT realm, id, writer, number, state, at, ends, turn, turn "
        "FROM (SELECT *, nextval('changes') AS turn FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], "
        "$5::bigint[], $6::bigint[], $7::bigint[]) AS told (realm, id, writer, number, state, at, ends)) AS turns "
        "ON CONFLICT (writer, number) DO UPDATE SET state = excluded.state, at = excluded.at, ends = excluded.ends, "
        "change = excluded.change",
        columns);
    if (!done)
        return std::unexpected(done.error());
    return {};
}

Result<void> write_kept(PostgresqlConnection& connection, const std::vector<KeptRow>& rows)
{
    for (const KeptRow& row : rows) {
        const std::array values{row.key, "\\x" + hexadecimal(row.bytes), std::to_string(row.day)};
        const auto done =
            connection.ask("INSERT INTO kept (key, bytes, day, change) VALUES ($1, $2, $3, nextval('changes')) "
                           "ON CONFLICT (key) DO UPDATE SET bytes = excluded.bytes, day = excluded.day, "
                           "change = excluded.change",
                           values);
        if (!done)
            return std::unexpected(done.error());
    }
    return {};
}
} // namespace

Result<std::vector<Settled>> settle(PostgresqlConnection& connection, const std::vector<Claim>& claims)
{
    std::vector<Settled> settled;
    if (claims.empty())
        return settled;
    auto name_of = [](const Claim& claim) { return candidate(claim.wanted, claim.number); };
    const std::array columns{column<std::string>(claims, [](const Claim& claim) { return claim.realm; }),
                             column<std::string>(claims, [](const Claim& claim) { return claim.id; }),
                             column<std::string>(claims, name_of),
                             column<std::string>(claims, [&](const Claim& claim) { return folded(name_of(claim)); })};
    const auto given =
        connection.ask("INSERT INTO mailboxes (realm, id, name, folded, change) "
                       "SELECT realm, id, name, folded, nextval('changes') "
                       "FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS claim (realm, id, name, folded) "
                       "ON CONFLICT DO NOTHING RETURNING realm, id",
                       columns);
    if (!given)
        return std::unexpected(given.error());
    std::set<std::pair<std::string, std::string>> owners;
    for (std::size_t row = 0; row < given->size(); ++row)
        owners.emplace(given->text(row, 0), given->text(row, 1));
    for (const Claim& claim : claims) {
        auto one = owners.contains({claim.realm, claim.id}) ? Result<Settled>(Settled{name_of(claim)})
                                                            : settle_one(connection, claim);
        if (!one)
            return std::unexpected(one.error());
        settled.push_back(std::move(*one));
    }
    return settled;
}

Result<void> write_rows(PostgresqlConnection& connection, const Batch& batch)
{
    if (auto done = write_networks(connection, batch.networks); !done)
        return done;
    if (auto done = write_steps(connection, batch.steps); !done)
        return done;
    if (auto done = write_attempts(connection, batch.attempts); !done)
        return done;
    return write_kept(connection, batch.kept);
}

} // namespace gatehouse::store
