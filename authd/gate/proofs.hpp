#pragma once

#include "base/deadline.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "identity/person.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse::gate
{

/// What the directory said of passwords, so that it need not be asked again (DESIGN.md, "Proofs, People, Feed"). Holds
/// no password and nothing that leads to one without the key, which is random, lives in locked memory and dies with the
/// process. Bounded in bytes: the people who have not logged in for the longest go first. Thread-safe: sharded, each
/// lock held for some comparisons.
class Proofs
{
public:
    /// HMAC-SHA256 of realm, stable id and password.
    using Proof = std::array<std::uint8_t, 32>;

    /// Whose proofs: the realm and the stable id.
    struct Owner {
        std::string_view realm;
        std::string_view id;
    };

    /// What is known now of a person's password, to tell whether a proof still says anything.
    struct PasswordNow {
        std::string_view version; ///< Person::password_version
        std::string_view dn;      ///< a refusal by bind holds for this DN only
        std::chrono::seconds old_password_period{0};
        std::optional<WallTime> changed{};
        /// The password was still the old one at `move_server` at this moment, and then a new one was set. Nothing: the
        /// version may have moved for another reason, or when is not known.
        std::optional<Deadline> moved_after{};
        std::string_view move_server{};
    };

    enum class Known : std::uint8_t {
        nothing, ///< the directory must be asked
        good,
        refused, ///< the directory refused it, and the password has not changed since
        retired, ///< it was good until the password was changed
    };
    struct Answer {
        Known known = Known::nothing;
        Deadline verified{};            ///< good: when the directory said so
        bool predecessor_known = false; ///< the password before the present one is known, and this is not it
    };

    /// `bytes`: how much to hold. Error: `unavailable` without randomness, `limit` when the secret memory is full.
    static Result<std::unique_ptr<Proofs>> create(std::size_t bytes);
    ~Proofs();
    Proofs(const Proofs&) = delete;
    Proofs& operator=(const Proofs&) = delete;

    /// Error: `unavailable` when OpenSSL fails.
    Result<Proof> prove(Owner owner, const Secret& password) const;

    /// What is known of a proof. Retires or forgets first what a change of the password has overtaken.
    Answer ask(Owner owner, const Proof& proof, const PasswordNow& now);
    /// A change of the password was seen as it happened: as `ask`, and the good proof is known to be the predecessor.
    void password_moved(Owner owner, const PasswordNow& now);

    /// The directory `server` granted it; its answer came at `answered`.
    void remember_good(Owner owner, const Proof& proof, const PasswordNow& now, Deadline answered,
                       std::string_view server);
    /// The directory looked at the password and it is wrong.
    void remember_refused(Owner owner, const Proof& proof, const PasswordNow& now);
    /// Everything about one person. True: there was something.
    bool forget(Owner owner);
    /// Everything about everybody.
    void forget_all();

    struct Count {
        std::uint64_t people = 0;
        std::uint64_t good = 0;
        std::uint64_t refused = 0;
        std::uint64_t retired = 0;
        std::uint64_t bytes = 0;
        std::uint64_t capacity = 0;
        std::uint64_t dropped = 0; ///< people who had to go since the start
    };
    Count count() const;

private:
    struct Good {
        Proof proof{};
        std::uint64_t version = 0;
        std::uint64_t server = 0;
        Deadline verified{};
    };
    struct Retired {
        Proof proof{};
        std::uint64_t version = 0; ///< that overtook it
        bool seen = false;         ///< as it happened: that version came right after
        Deadline until{};
    };
    struct Refused {
        Proof proof{};
        std::uint64_t version = 0; ///< of password and DN
    };
    struct Entry {
        std::optional<Good> good;
        std::vector<Retired> retired; ///< newest last
        std::vector<Refused> refused; ///< newest last
        std::uint64_t used = 0;       ///< the shard's tick when it was last asked for
    };
    struct Shard {
        mutable std::mutex mutex;
        std::unordered_map<std::string, Entry> entries;
        std::size_t bytes = 0;
        std::uint64_t tick = 0;
        std::uint64_t dropped = 0;
    };

    static constexpr std::size_t shard_count = 64;

    Proofs(Secret key, std::size_t bytes);
    static std::string key_of(Owner owner);
    Shard& shard_of(const std::string& key);
    static std::size_t bytes_of(const std::string& key, const Entry& entry);
    static void overtake(Entry& entry, const PasswordNow& now, bool seen_as_it_happened);
    template <class Change>
    void change(Owner owner, Change apply);
    void make_room(Shard& shard);

    const Secret key_;
    const std::size_t bytes_a_shard_;
    std::array<Shard, shard_count> shards_;
};

} // namespace gatehouse::gate
