#include "directory/sync_protocol.hpp"

#include "base/text.hpp"
#include "directory/ldap_handle.hpp"
#include "directory/openldap_person.hpp"

#include <charconv>
#include <map>

namespace gatehouse::directory
{

namespace
{
constexpr std::size_t uuid_size = 16;

/// A reader over bytes that outlive it.
class BerReader
{
public:
    explicit BerReader(std::string_view value) : bytes_(as_berval(value))
    {
        if (!value.empty()) // liblber reads from no bytes, too
            ber_.reset(ber_init(&bytes_));
    }

    /// Null when there is nothing to read.
    BerElement* get() const { return ber_.get(); }

private:
    berval bytes_;
    LdapBer ber_;
};

std::string text_of(const berval& value)
{
    return value.bv_val == nullptr ? std::string() : std::string(value.bv_val, value.bv_len);
}

/// An optional cookie at the reader's place.
bool read_cookie(BerElement* ber, std::optional<std::string>& cookie)
{
    ber_len_t size = 0;
    if (ber_peek_tag(ber, &size) != LDAP_TAG_SYNC_COOKIE)
        return true;
    berval value{}; // points into the reader
    if (ber_scanf(ber, "m", &value) == LBER_ERROR)
        return false;
    cookie = text_of(value);
    return true;
}

/// An optional boolean at the reader's place, which else keeps its default.
bool read_flag(BerElement* ber, bool& flag)
{
    ber_len_t size = 0;
    if (ber_peek_tag(ber, &size) != LBER_BOOLEAN)
        return true;
    ber_int_t value = 0;
    if (ber_scanf(ber, "b", &value) == LBER_ERROR)
        return false;
    flag = value != 0;
    return true;
}

bool read_ids(BerElement* ber, std::vector<std::string>& ids)
{
    BerVarray raw = nullptr;
    if (ber_scanf(ber, "[W]", &raw) == LBER_ERROR)
        return false;
    bool valid = true;
    for (const berval* id = raw; id != nullptr && id->bv_val != nullptr; ++id) {
        ids.push_back(entry_uuid(text_of(*id)));
        valid = valid && !ids.back().empty();
    }
    ber_bvarray_free(raw);
    return valid;
}

bool read_info(BerElement* ber, SyncInfo& info)
{
    ber_len_t size = 0;
    const ber_tag_t kind = ber_peek_tag(ber, &size);
    if (kind == LDAP_TAG_SYNC_NEW_COOKIE) {
        berval value{};
        if (ber_scanf(ber, "m", &value) == LBER_ERROR)
            return false;
        info.cookie = text_of(value);
        return true;
    }
    ber_tag_t tag = 0;
    if (ber_scanf(ber, "t{", &tag) == LBER_ERROR || !read_cookie(ber, info.cookie))
        return false;
    switch (kind) {
    case LDAP_TAG_SYNC_REFRESH_DELETE:
        info.kind = SyncInfo::Kind::refresh_delete;
        return read_flag(ber, info.refresh_done);
    case LDAP_TAG_SYNC_REFRESH_PRESENT:
        info.kind = SyncInfo::Kind::refresh_present;
        return read_flag(ber, info.refresh_done);
    case LDAP_TAG_SYNC_ID_SET:
        info.kind = SyncInfo::Kind::id_set;
        return read_flag(ber, info.refresh_deletes) && read_ids(ber, info.ids);
    default: return false;
    }
}

/// The newest CSN of each server id.
std::map<std::string_view, std::string_view> newest_csns(const std::vector<std::string_view>& csns)
{
    std::map<std::string_view, std::string_view> newest;
    for (const std::string_view csn : csns) {
        const auto parts = text::split(csn, '#'); // time, count, server, modification
        if (parts.size() == 4)
            newest[parts[2]] = std::max(newest[parts[2]], csn);
    }
    return newest;
}
} // namespace

std::string sync_request(std::string_view cookie)
{
    const LdapBer writer(ber_alloc_t(LBER_USE_DER));
    berval known = as_berval(cookie);
    berval value{};
    const int written = cookie.empty() ? ber_printf(writer.get(), "{e}", LDAP_SYNC_REFRESH_AND_PERSIST)
                                       : ber_printf(writer.get(), "{eO}", LDAP_SYNC_REFRESH_AND_PERSIST, &known);
    if (written < 0 || ber_flatten2(writer.get(), &value, 0) < 0)
        return {};
    return text_of(value);
}

Result<SyncState> parse_sync_state(std::string_view value)
{
    const BerReader reader(value);
    SyncState state;
    ber_int_t number = -1;
    berval id{};
    if (reader.get() == nullptr || ber_scanf(reader.get(), "{em", &number, &id) == LBER_ERROR ||
        number < LDAP_SYNC_PRESENT || number > LDAP_SYNC_DELETE || !read_cookie(reader.get(), state.cookie))
        return invalid("a sync state control does not parse");
    state.state = static_cast<SyncState::State>(number);
    state.id = entry_uuid(text_of(id));
    if (state.id.empty())
        return invalid("a sync state control has no entryUUID");
    return state;
}

Result<SyncInfo> parse_sync_info(std::string_view value)
{
    const BerReader reader(value);
    SyncInfo info;
    if (reader.get() == nullptr || !read_info(reader.get(), info))
        return invalid("a sync info message does not parse");
    return info;
}

std::string entry_uuid(std::string_view bytes)
{
    if (bytes.size() != uuid_size)
        return {};
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text += '-';
        const auto byte = static_cast<unsigned char>(bytes[i]);
        text += digits[byte >> 4];
        text += digits[byte & 0xf];
    }
    return text;
}

std::uint64_t csn_number(std::string_view csn)
{
    const auto moment = parse_generalized_time(csn.substr(0, csn.find('#')));
    if (!moment)
        return 0;
    const auto part = [&](char before, std::size_t digits, int base) {
        std::uint32_t value = 0;
        if (const std::size_t at = csn.find(before); at != std::string_view::npos && at + digits < csn.size())
            std::from_chars(csn.data() + at + 1, csn.data() + at + 1 + digits, value, base);
        return value;
    };
    const auto seconds = std::chrono::floor<std::chrono::seconds>(moment->time_since_epoch()).count();
    return (static_cast<std::uint64_t>(seconds) * 1'000'000 + part('.', 6, 10)) * 256 + (part('#', 6, 16) & 0xff);
}

bool cookie_covers(std::string_view cookie, const std::vector<std::string>& csns)
{
    const std::size_t at = cookie.find("csn=");
    if (at == std::string_view::npos || csns.empty())
        return false;
    const std::string_view list = cookie.substr(at + 4);
    const auto said = newest_csns(text::split(list.substr(0, list.find(',')), ';'));
    for (const auto& [server, csn] : newest_csns({csns.begin(), csns.end()})) {
        const auto found = said.find(server);
        if (found == said.end() || found->second < csn)
            return false;
    }
    return true;
}

} // namespace gatehouse::directory
