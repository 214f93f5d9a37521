#pragma once

#include "base/result.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace gatehouse::store
{

// The tables, the same in both databases; PostgreSQL has `nodes` besides, and a column `change` in each table that
// numbers every write, so that a node can ask for what it has not seen; `place` is the first change of an attempt.
// Version N is reached by the first N steps; a step that was released is never changed, new ones are added below it.

inline constexpr std::array sqlite_steps{
    R"(CREATE TABLE mailboxes (realm TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
                               folded TEXT NOT NULL UNIQUE, PRIMARY KEY (realm, id)) STRICT;
       CREATE TABLE networks (realm TEXT NOT NULL, id TEXT NOT NULL, network TEXT NOT NULL, day INTEGER NOT NULL,
                              PRIMARY KEY (realm, id, network)) STRICT;
       CREATE INDEX networks_by_day ON networks (day);
       CREATE TABLE counters (counter TEXT NOT NULL, window_s INTEGER NOT NULL, writer INTEGER NOT NULL,
                              bucket INTEGER NOT NULL, steps INTEGER NOT NULL,
                              PRIMARY KEY (counter, window_s, writer, bucket)) STRICT;
       CREATE TABLE kept (key TEXT NOT NULL PRIMARY KEY, bytes BLOB NOT NULL, day INTEGER NOT NULL) STRICT;)",
    R"(CREATE TABLE attempts (realm TEXT NOT NULL, id TEXT NOT NULL, writer INTEGER NOT NULL, number INTEGER NOT NULL,
                              state INTEGER NOT NULL, at INTEGER NOT NULL, ends INTEGER NOT NULL,
                              PRIMARY KEY (writer, number)) STRICT;
       CREATE INDEX attempts_by_end ON attempts (ends);)",
};

inline constexpr std::array postgresql_steps{
    R"(CREATE SEQUENCE changes;
       CREATE TABLE mailboxes (realm TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
                               folded TEXT NOT NULL UNIQUE, change BIGINT NOT NULL, PRIMARY KEY (realm, id));
       CREATE INDEX mailboxes_by_change ON mailboxes (change);
       CREATE TABLE networks (realm TEXT NOT NULL, id TEXT NOT NULL, network TEXT NOT NULL, day BIGINT NOT NULL,
                              change BIGINT NOT NULL, PRIMARY KEY (realm, id, network));
       CREATE INDEX networks_by_day ON networks (day);
       CREATE INDEX networks_by_change ON networks (change);
       CREATE TABLE counters (counter TEXT NOT NULL, window_s BIGINT NOT NULL, writer BIGINT NOT NULL,
                              bucket BIGINT NOT NULL, steps BIGINT NOT NULL, change BIGINT NOT NULL,
                              PRIMARY KEY (counter, window_s, writer, bucket));
       CREATE INDEX counters_by_change ON counters (change);
       CREATE TABLE kept (key TEXT NOT NULL PRIMARY KEY, bytes BYTEA NOT NULL, day BIGINT NOT NULL,
                          change BIGINT NOT NULL);
       CREATE INDEX kept_by_change ON kept (change);
       CREATE TABLE nodes (writer BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, seen TIMESTAMPTZ NOT NULL);)",
    R"(CREATE TABLE attempts (realm TEXT NOT NULL, id TEXT NOT NULL, writer BIGINT NOT NULL, number BIGINT NOT NULL,
                              state BIGINT NOT NULL, at BIGINT NOT NULL, ends BIGINT NOT NULL, place BIGINT NOT NULL,
                              change BIGINT NOT NULL, PRIMARY KEY (writer, number));
       CREATE INDEX attempts_by_end ON attempts (ends);
       CREATE INDEX attempts_by_change ON attempts (change);)",
};

/// A database that a later Gatehouse has changed. `where`: its name for people.
inline std::unexpected<Error> from_the_future(const std::string& where, std::int64_t version, std::size_t known)
{
    return invalid(where + ": its schema has version " + std::to_string(version) + ", and this authd knows up to " +
                   std::to_string(known) +
                   ": a later Gatehouse made it. Run that one, or restore a backup made before");
}

} // namespace gatehouse::store
