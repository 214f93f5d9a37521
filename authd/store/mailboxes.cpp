#include "store/mailboxes.hpp"

#include "store/mailbox_name.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::store
{

namespace
{
constexpr std::size_t guid_text = 36;
constexpr std::size_t guid_bytes = 16;

/// The value of a hexadecimal digit in lower case; 0x80 for what is none.
constexpr auto digit_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(0x80);
    for (std::uint8_t i = 0; i < 16; ++i)
        values[static_cast<std::uint8_t>("0123456789abcdef"[i])] = i;
    return values;
}();

/// Where the pairs of digits of a GUID begin.
constexpr std::array<std::uint8_t, guid_bytes> guid_pairs{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};

/// Most ids are a GUID in lower case, which fits in 16 bytes. Anything else stays as it is.
class PackedId
{
public:
    explicit PackedId(std::string_view id) : text_(id), guid_(id.size() == guid_text && pack(id)) {}

    bool guid() const { return guid_; }
    /// Valid as long as the text and *this are.
    std::string_view bytes() const { return guid_ ? std::string_view(packed_.data(), packed_.size()) : text_; }

private:
    bool pack(std::string_view id) // without a branch for each digit: this comes at every login
    {
        unsigned wrong = (id[8] ^ '-') | (id[13] ^ '-') | (id[18] ^ '-') | (id[23] ^ '-');
        for (std::size_t i = 0; i < guid_bytes; ++i) {
            const unsigned high = digit_values[static_cast<std::uint8_t>(id[guid_pairs[i]])];
            const unsigned low = digit_values[static_cast<std::uint8_t>(id[guid_pairs[i] + 1U])];
            packed_[i] = static_cast<char>(high << 4 | low);
            wrong |= (high | low) & 0x80;
        }
        return wrong == 0;
    }

    std::string_view text_;
    std::array<char, guid_bytes> packed_{};
    bool guid_;
};

void append_size(std::string& out, std::size_t size) // at most max_name
{
    out += static_cast<char>(size & 0xFF);
    out += static_cast<char>(size >> 8);
}

std::size_t size_at(std::string_view in, std::size_t at)
{
    return static_cast<std::uint8_t>(in[at]) | static_cast<std::size_t>(static_cast<std::uint8_t>(in[at + 1])) << 8;
}

} // namespace

struct Mailboxes::Key {
    std::string_view realm;
    std::string_view id; ///< packed
    bool guid = false;

    std::uint64_t hash() const
    {
        const std::uint64_t mixed = hash_of_text(id) + 0x9E37'79B9'7F4A'7C15 * hash_of_text(realm);
        return mixed ^ mixed >> 29;
    }
    bool operator==(const Key&) const = default;
};

/// In `records`: the realm's index (2 bytes), size and bytes of the id, size and bytes of the name. The top bit of the
/// id's size tells a packed GUID from an id that has 16 bytes by itself.
struct Mailboxes::Record {
    Key key;
    std::string_view name;
};

namespace
{
constexpr std::size_t guid_bit = 0x8000;

std::uint32_t tag_of(std::uint64_t hash)
{
    return static_cast<std::uint32_t>(hash >> 26); // the bits between those that choose the place and the shard
}
} // namespace

Mailboxes::Record Mailboxes::read(const Shard& shard, std::uint32_t at)
{
    const std::string_view in = shard.records;
    std::size_t pos = at - 1;
    const std::size_t id_size = size_at(in, pos + 2);
    Record record{.key = {.realm = shard.realms[size_at(in, pos)],
                          .id = in.substr(pos + 4, id_size & ~guid_bit),
                          .guid = (id_size & guid_bit) != 0},
                  .name = {}};
    pos += 4 + record.key.id.size();
    record.name = in.substr(pos + 2, size_at(in, pos));
    return record;
}

std::size_t Mailboxes::place_of(const Shard& shard, std::uint64_t hash, const Key& key)
{
    const std::size_t mask = shard.places.size() - 1;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
        const Place place = shard.places[at];
        if (place.at == 0 || (place.tag == tag_of(hash) && read(shard, place.at).key == key))
            return at;
    }
}

std::optional<std::string> Mailboxes::find(std::string_view realm, std::string_view id) const
{
    const PackedId packed(id);
    const Key key{.realm = realm, .id = packed.bytes(), .guid = packed.guid()};
    const std::uint64_t hash = key.hash();
    const Shard& shard = shard_of(hash);
    const std::shared_lock lock(shard.mutex);
    if (shard.places.empty())
        return std::nullopt;
    const Place place = shard.places[place_of(shard, hash, key)];
    if (place.at == 0)
        return std::nullopt;
    return std::string(read(shard, place.at).name);
}

void Mailboxes::put(const MailboxRow& row)
{
    reserve(row.name);
    const PackedId packed(row.id);
    const Key key{.realm = row.realm, .id = packed.bytes(), .guid = packed.guid()};
    const std::uint64_t hash = key.hash();
    Shard& shard = shard_of(hash);
    const std::unique_lock lock(shard.mutex);
    if ((shard.count + 1) * 3 > shard.places.size() * 2)
        grow(shard);
    Place& place = shard.places[place_of(shard, hash, key)];
    if (place.at != 0 && read(shard, place.at).name == row.name)
        return;
    if (place.at == 0)
        ++shard.count;
    place = {.at = static_cast<std::uint32_t>(shard.records.size() + 1), .tag = tag_of(hash)};
    append(shard, key, row.name); // what was there before stays as dead bytes: names hardly ever change
}

void Mailboxes::append(Shard& shard, const Key& key, std::string_view name)
{
    auto realm = std::ranges::find(shard.realms, key.realm);
    if (realm == shard.realms.end())
        realm = shard.realms.insert(realm, std::string(key.realm));
    append_size(shard.records, static_cast<std::size_t>(realm - shard.realms.begin()));
    append_size(shard.records, key.id.size() | (key.guid ? guid_bit : 0));
    shard.records += key.id;
    append_size(shard.records, name.size());
    shard.records += name;
}

void Mailboxes::grow(Shard& shard)
{
    const std::vector<Place> old = std::move(shard.places);
    shard.places.assign(std::max<std::size_t>(16, old.size() * 2), Place{});
    const std::size_t mask = shard.places.size() - 1;
    for (const Place place : old) {
        if (place.at == 0)
            continue;
        std::size_t at = read(shard, place.at).key.hash() & mask;
        while (shard.places[at].at != 0)
            at = (at + 1) & mask;
        shard.places[at] = place;
    }
}

bool Mailboxes::taken(std::string_view name) const
{
    const std::uint64_t hash = hash_of_text(folded(name));
    const std::lock_guard lock(names_mutex_);
    return names_.find(hash).has_value();
}

void Mailboxes::reserve(std::string_view name)
{
    const std::uint64_t hash = hash_of_text(folded(name));
    const std::lock_guard lock(names_mutex_);
    names_.put(hash, 1);
}

std::size_t Mailboxes::size() const
{
    std::size_t count = 0;
    for (const Shard& shard : shards_) {
        const std::shared_lock lock(shard.mutex);
        count += shard.count;
    }
    return count;
}

} // namespace gatehouse::store
