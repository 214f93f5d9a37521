#include "wire/negotiation.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>

#include <optional>

namespace gatehouse::wire
{

namespace
{
constexpr std::string_view spnego_oid = "\x2b\x06\x01\x05\x05\x02";
constexpr std::string_view kerberos_oid = "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";
/// Kerberos, as old Windows writes it (MS-SPNG section 3.1.5.2).
constexpr std::string_view kerberos_of_windows_oid = "\x2a\x86\x48\x82\xf7\x12\x01\x02\x02";
constexpr std::string_view ntlm_oid = "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a";

// The first byte of an element: its class, form and tag.
constexpr char application_0 = '\x60';
constexpr char context_0 = '\xa0';
constexpr char sequence = '\x30';
constexpr char object_identifier = '\x06';

/// Cuts the next element off `rest` and returns its contents. Nothing: it is another one, of indefinite length, or cut.
std::optional<std::string_view> take(std::string_view& rest, char wanted)
{
    if (!rest.starts_with(wanted))
        return {};
    const auto* const begin = reinterpret_cast<const unsigned char*>(rest.data());
    const unsigned char* contents = begin;
    long size = 0;
    int tag = 0;
    int tag_class = 0;
    const int form = ASN1_get_object(&contents, &size, &tag, &tag_class, static_cast<long>(rest.size()));
    if ((form & 0x80) != 0)
        ERR_clear_error();
    if ((form & 0x81) != 0)
        return {};
    const auto head = static_cast<std::size_t>(contents - begin);
    const std::string_view found = rest.substr(head, static_cast<std::size_t>(size));
    rest.remove_prefix(head + static_cast<std::size_t>(size));
    return found;
}

/// The contents of MechTypeList. Nothing: the token is no NegTokenInit.
std::optional<std::string_view> list_of(std::string_view token)
{
    auto framed = take(token, application_0); // RFC 2743 section 3.1
    if (!framed || take(*framed, object_identifier) != spnego_oid)
        return {};
    auto choice = take(*framed, context_0);
    auto init = choice ? take(*choice, sequence) : std::nullopt;
    auto field = init ? take(*init, context_0) : std::nullopt;
    return field ? take(*field, sequence) : std::nullopt;
}
} // namespace

GssMechanism first_wish(std::string_view token)
{
    auto list = list_of(token);
    while (list && !list->empty()) {
        const auto oid = take(*list, object_identifier);
        if (!oid)
            break;
        if (*oid == kerberos_oid || *oid == kerberos_of_windows_oid)
            return GssMechanism::kerberos;
        if (*oid == ntlm_oid)
            return GssMechanism::ntlm;
    }
    return GssMechanism::other;
}

} // namespace gatehouse::wire
