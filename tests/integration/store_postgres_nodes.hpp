#pragma once

#include "store/store.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::integration
{

/// The lab's PostgreSQL with an empty database, in which stores are nodes. Ends running, whatever the test did.
class SharedDatabase
{
public:
    SharedDatabase();
    ~SharedDatabase();
    SharedDatabase(const SharedDatabase&) = delete;
    SharedDatabase& operator=(const SharedDatabase&) = delete;

    store::StoreSettings settings(const std::string& node) const;
    /// A node's store; throws when it cannot be opened.
    std::shared_ptr<store::Store> node(const std::string& name) const;

    /// tests/lab/postgres WORD
    void does(const std::string& word) const;
    /// What the superuser's statement answers.
    std::string sql(const std::string& text) const;

private:
    store::StoreSettings settings_;
};

/// A folder below the lab's, empty, that is gone after the test.
class OwnFolder
{
public:
    OwnFolder();
    ~OwnFolder();
    OwnFolder(const OwnFolder&) = delete;
    OwnFolder& operator=(const OwnFolder&) = delete;
    std::string operator/(std::string_view name) const { return folder_ / name; }

private:
    std::filesystem::path folder_;
};

Result<std::string> claim(store::Store& store, const std::string& id, const std::string& wanted);
/// Of a window of an hour; throws on an error.
std::uint64_t count(store::Store& store, const std::string& key, std::uint32_t n);
/// At the password of CAMPUS/ID, whose wrong ones count for an hour; its process must end it within `time`.
store::Turn begin_attempt(store::Store& store, const std::string& id,
                          std::chrono::seconds time = std::chrono::seconds(15));
Result<void> keep(store::Store& store, const std::string& key, const std::string& bytes);
std::string kept(store::Store& store, const std::string& key);

/// How long until it comes true; `limit` and more: it did not.
std::chrono::milliseconds time_until(std::chrono::milliseconds limit, const std::function<bool()>& condition);
/// Usable, and nothing waits.
bool settles(const store::Store& store);

} // namespace gatehouse::integration
