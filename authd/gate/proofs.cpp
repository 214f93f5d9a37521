#include "gate/proofs.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <functional>

namespace gatehouse::gate
{

namespace
{
constexpr std::size_t key_size = 32;
constexpr std::size_t max_refused = 16; // more distinct wrong passwords than the shield ever lets through at once
constexpr std::size_t max_retired = 4;
constexpr std::size_t entry_overhead = 160; // a map node and its bucket

bool same(const Proofs::Proof& a, const Proofs::Proof& b)
{
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::uint64_t digest(std::string_view text)
{
    return std::hash<std::string_view>()(text);
}

std::uint64_t version_of(const Proofs::PasswordNow& now)
{
    return digest(now.version) | 1; // 0 stands for "not known"
}

/// A refusal by a bind was said of the DN, too: somebody who moves meanwhile was refused for the old name.
std::uint64_t refusal_version_of(const Proofs::PasswordNow& now)
{
    return version_of(now) * 31 + digest(now.dn);
}

/// One HMAC context a thread, since fetching the algorithm costs more than the computation.
EVP_MAC_CTX* mac_of_this_thread()
{
    struct Free {
        void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
        void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
    };
    thread_local const std::unique_ptr<EVP_MAC, Free> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    thread_local const std::unique_ptr<EVP_MAC_CTX, Free> context(mac ? EVP_MAC_CTX_new(mac.get()) : nullptr);
    thread_local const bool ready = [] {
        char name[] = "SHA256";
        const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", name, 0),
                                         OSSL_PARAM_construct_end()};
        return context && EVP_MAC_CTX_set_params(context.get(), parameters) == 1;
    }();
    return ready ? context.get() : nullptr;
}

bool add(EVP_MAC_CTX* mac, std::string_view text)
{
    return EVP_MAC_update(mac, reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
}

/// When the directory stops accepting a password that was replaced at `changed`.
Deadline end_of_old_password(const Proofs::PasswordNow& now)
{
    const auto age = now.changed ? std::chrono::system_clock::now() - *now.changed : std::chrono::seconds(0);
    const auto left = std::chrono::duration_cast<Clock::duration>(now.old_password_period - age);
    return Clock::now() + std::clamp<Clock::duration>(left, Clock::duration(0), now.old_password_period);
}
} // namespace

Result<std::unique_ptr<Proofs>> Proofs::create(std::size_t bytes)
{
    std::array<std::uint8_t, key_size> random{};
    if (RAND_priv_bytes(random.data(), static_cast<int>(random.size())) != 1)
        return unavailable("OpenSSL has no random numbers");
    Secret key;
    const bool kept = key.append(random);
    OPENSSL_cleanse(random.data(), random.size());
    if (!kept)
        return over_limit("the secret memory is full");
    return std::unique_ptr<Proofs>(new Proofs(std::move(key), bytes));
}

Proofs::Proofs(Secret key, std::size_t bytes)
    : key_(std::move(key)), bytes_a_shard_(std::max<std::size_t>(bytes / shard_count, 4096))
{
}

Proofs::~Proofs() = default;

Result<Proofs::Proof> Proofs::prove(Owner owner, const Secret& password) const
{
    static constexpr std::array<std::uint8_t, key_size> no_key{};
    EVP_MAC_CTX* const mac = mac_of_this_thread();
    Proof proof;
    std::size_t size = 0;
    const std::string_view end("\0", 1); // neither name has one: no two owners share a text
    const bool made = mac != nullptr && EVP_MAC_init(mac, key_.bytes().data(), key_.size(), nullptr) == 1 &&
                      add(mac, owner.realm) && add(mac, end) && add(mac, owner.id) && add(mac, end) &&
                      add(mac, password.view()) && EVP_MAC_final(mac, proof.data(), &size, proof.size()) == 1 &&
                      size == proof.size();
    if (mac != nullptr) // what the context keeps of the key lies in memory that is not locked
        EVP_MAC_init(mac, no_key.data(), no_key.size(), nullptr);
    if (!made)
        return unavailable("OpenSSL cannot compute an HMAC");
    return proof;
}

std::string Proofs::key_of(Owner owner)
{
    std::string key;
    key.reserve(owner.realm.size() + 1 + owner.id.size());
    return key.append(owner.realm).append(1, '\0').append(owner.id);
}

Proofs::Shard& Proofs::shard_of(const std::string& key)
{
    return shards_[digest(key) >> 8 & (shard_count - 1)];
}

std::size_t Proofs::bytes_of(const std::string& key, const Entry& entry)
{
    return entry_overhead + sizeof(Entry) + key.capacity() + entry.retired.capacity() * sizeof(Retired) +
           entry.refused.capacity() * sizeof(Refused);
}

/// Proofs that were made before the password changed: the good one is retired for as long as the directory would still
/// take it; where nobody can tell whether it is the old or the new password, it is forgotten. Another change ends that:
/// the directory takes the last password before the present one, and the present one may be any that was good before.
void Proofs::overtake(Entry& entry, const PasswordNow& now, bool seen_as_it_happened)
{
    const std::uint64_t version = version_of(now);
    const Deadline moment = Clock::now();
    std::erase_if(entry.retired, [&](const Retired& old) {
        return old.until <= moment || (now.moved_after && old.version != version);
    });
    std::erase_if(entry.refused, [&](const Refused& old) { return old.version != refusal_version_of(now); });
    if (!entry.good || entry.good->version == version)
        return;
    const bool is_old_one =
        now.moved_after && entry.good->verified < *now.moved_after && entry.good->server == digest(now.move_server);
    if (is_old_one && now.old_password_period.count() > 0) {
        if (entry.retired.size() == max_retired)
            entry.retired.erase(entry.retired.begin());
        entry.retired.push_back({.proof = entry.good->proof,
                                 .version = version,
                                 .seen = seen_as_it_happened,
                                 .until = end_of_old_password(now)});
    }
    entry.good.reset();
}

Proofs::Answer Proofs::ask(Owner owner, const Proof& proof, const PasswordNow& now)
{
    const std::string key = key_of(owner);
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.entries.find(key);
    if (found == shard.entries.end())
        return {};
    Entry& entry = found->second;
    entry.used = ++shard.tick;
    shard.bytes -= bytes_of(key, entry);
    overtake(entry, now, false);
    shard.bytes += bytes_of(key, entry);
    // Every proof is compared: how long it takes tells nothing of which one it was.
    Answer answer;
    for (const Refused& refused : entry.refused)
        if (same(refused.proof, proof))
            answer.known = Known::refused;
    for (const Retired& retired : entry.retired) {
        if (same(retired.proof, proof))
            answer.known = Known::retired;
        answer.predecessor_known |= retired.seen && retired.version == version_of(now);
    }
    if (entry.good && same(entry.good->proof, proof)) {
        answer.known = Known::good;
        answer.verified = entry.good->verified;
    }
    return answer;
}

void Proofs::password_moved(Owner owner, const PasswordNow& now)
{
    const std::string key = key_of(owner);
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.entries.find(key);
    if (found == shard.entries.end())
        return;
    shard.bytes -= bytes_of(found->first, found->second);
    overtake(found->second, now, true);
    shard.bytes += bytes_of(found->first, found->second);
}

template <class Change>
void Proofs::change(Owner owner, Change apply)
{
    const std::string key = key_of(owner);
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const auto [found, added] = shard.entries.try_emplace(key);
    if (!added)
        shard.bytes -= bytes_of(found->first, found->second);
    apply(found->second);
    found->second.used = ++shard.tick;
    shard.bytes += bytes_of(found->first, found->second);
    make_room(shard);
}

void Proofs::remember_good(Owner owner, const Proof& proof, const PasswordNow& now, Deadline answered,
                           std::string_view server)
{
    change(owner, [&](Entry& entry) {
        overtake(entry, now, false);
        entry.good = Good{.proof = proof, .version = version_of(now), .server = digest(server), .verified = answered};
        std::erase_if(entry.refused, [&](const Refused& refused) { return same(refused.proof, proof); });
    });
}

void Proofs::remember_refused(Owner owner, const Proof& proof, const PasswordNow& now)
{
    change(owner, [&](Entry& entry) {
        overtake(entry, now, false);
        if (entry.good && same(entry.good->proof, proof))
            entry.good.reset(); // the directory knows better
        if (entry.refused.size() == max_refused)
            entry.refused.erase(entry.refused.begin());
        entry.refused.push_back({proof, refusal_version_of(now)});
    });
}

bool Proofs::forget(Owner owner)
{
    const std::string key = key_of(owner);
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.entries.find(key);
    if (found == shard.entries.end())
        return false;
    shard.bytes -= bytes_of(found->first, found->second);
    shard.entries.erase(found);
    return true;
}

void Proofs::forget_all()
{
    for (Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        shard.entries.clear();
        shard.bytes = 0;
    }
}

/// The older half goes at once: finding the single oldest at each login would cost a list for everybody.
void Proofs::make_room(Shard& shard)
{
    if (shard.bytes <= bytes_a_shard_ || shard.entries.size() < 2)
        return;
    std::vector<std::uint64_t> ticks;
    ticks.reserve(shard.entries.size());
    for (const auto& [key, entry] : shard.entries)
        ticks.push_back(entry.used);
    const auto middle = ticks.begin() + static_cast<std::ptrdiff_t>(ticks.size() / 2);
    std::ranges::nth_element(ticks, middle);
    const std::uint64_t oldest_kept = *middle;
    shard.dropped += std::erase_if(shard.entries, [&](const auto& each) { return each.second.used < oldest_kept; });
    shard.bytes = 0;
    for (const auto& [key, entry] : shard.entries)
        shard.bytes += bytes_of(key, entry);
}

Proofs::Count Proofs::count() const
{
    Count count{.capacity = bytes_a_shard_ * shard_count};
    for (const Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        count.people += shard.entries.size();
        count.bytes += shard.bytes;
        count.dropped += shard.dropped;
        for (const auto& [key, entry] : shard.entries) {
            count.good += entry.good ? 1 : 0;
            count.refused += entry.refused.size();
            count.retired += entry.retired.size();
        }
    }
    return count;
}

} // namespace gatehouse::gate
