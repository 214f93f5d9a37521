#include "wire/pac_logon.hpp"

#include "identity/sid.hpp"

#include <array>
#include <cstdint>

namespace gatehouse::wire
{

namespace
{
/// Reads NDR's little-endian numbers, aligned from the buffer's start. After the end everything is 0 and `whole` false.
class NdrReader
{
public:
    explicit NdrReader(std::string_view bytes) : bytes_(bytes) {}

    bool whole() const { return whole_; }
    std::uint16_t number16() { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t number32() { return number(4); }
    std::string_view take(std::size_t size)
    {
        if (size > bytes_.size() - at_) {
            whole_ = false;
            at_ = bytes_.size();
            return {};
        }
        at_ += size;
        return bytes_.substr(at_ - size, size);
    }
    void skip(std::size_t size) { take(size); }

private:
    std::uint32_t number(std::size_t size)
    {
        skip((size - at_ % size) % size);
        std::uint32_t value = 0;
        int shift = 0;
        for (const char byte : take(size)) {
            value |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(byte)) << shift;
            shift += 8;
        }
        return value;
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
    bool whole_ = true;
};

/// RPC_UNICODE_STRING inside the structure: two lengths and whether characters follow later.
bool string_follows(NdrReader& reader)
{
    reader.number16();
    reader.number16();
    return reader.number32() != 0;
}

/// The characters of a string: room, offset, count, then two bytes each.
void skip_string(NdrReader& reader, bool follows)
{
    if (!follows)
        return;
    reader.number32();
    reader.number32();
    reader.skip(std::size_t{2} * reader.number32());
}

/// RPC_SID: how many numbers, then the SID as everywhere else.
std::string read_sid(NdrReader& reader)
{
    constexpr std::size_t sid_prefix = 8; // revision, count of numbers, authority
    const std::size_t numbers = reader.number32();
    constexpr std::size_t most_numbers = 15; // MS-DTYP section 2.4.2
    if (numbers > most_numbers)
        return {};
    return sid_text(reader.take(sid_prefix + 4 * numbers));
}
} // namespace

Result<std::string> parse_pac_logon(std::string_view bytes)
{
    constexpr std::size_t headers = 16; // MS-RPCE section 2.2.6: the common and the private header
    constexpr std::size_t six_times = 48;
    NdrReader reader(bytes);
    reader.skip(headers);
    reader.number32(); // the structure itself follows
    reader.skip(six_times);
    std::array<bool, 6> names{}; // effective and full name, logon script, profile path, home directory, its drive
    for (bool& follows : names)
        follows = string_follows(reader);
    reader.number32(); // logon and bad password counts
    const std::uint32_t user = reader.number32();
    reader.number32(); // primary group
    reader.number32(); // how many groups
    const bool groups = reader.number32() != 0;
    reader.number32(); // flags
    reader.skip(16);   // session key
    const bool server = string_follows(reader);
    const bool domain_name = string_follows(reader);
    const bool domain = reader.number32() != 0;
    constexpr std::size_t rest = 60; // reserved, account control, logon times, further SIDs: numbers and pointers
    reader.skip(rest);

    for (const bool follows : names)
        skip_string(reader, follows);
    if (groups) {
        const std::size_t count = reader.number32();
        reader.skip(8 * count);
    }
    skip_string(reader, server);
    skip_string(reader, domain_name);
    const std::string domain_sid = domain ? read_sid(reader) : std::string();
    if (!reader.whole() || domain_sid.empty())
        return invalid("the ticket's PAC names no domain, or ends early");
    if (user == 0)
        return invalid("the ticket's PAC names a person of another domain only");
    return domain_sid + '-' + std::to_string(user);
}

} // namespace gatehouse::wire
