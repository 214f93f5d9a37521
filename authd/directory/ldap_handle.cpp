#include "directory/ldap_handle.hpp"

#include <openssl/crypto.h>

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace gatehouse::directory
{

namespace
{
void* allocate(ber_len_t size, void*)
{
    return std::malloc(size);
}

void* allocate_zeroed(ber_len_t count, ber_len_t size, void*)
{
    return std::calloc(count, size);
}

void wipe_and_free(void* memory, void*)
{
    if (memory == nullptr)
        return;
    OPENSSL_cleanse(memory, ::malloc_usable_size(memory));
    std::free(memory);
}

void* reallocate(void* memory, ber_len_t size, void*)
{
    if (memory == nullptr)
        return std::malloc(size);
    const std::size_t old = ::malloc_usable_size(memory);
    if (size <= old && size * 2 >= old)
        return memory;
    void* const moved = std::malloc(size);
    if (moved == nullptr)
        return nullptr;
    std::memcpy(moved, memory, std::min<std::size_t>(old, size));
    wipe_and_free(memory, nullptr);
    return moved;
}

bool is_plain_rdn_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-' || c == '@';
}
} // namespace

std::string describe_result(int code)
{
    const char* const words = ldap_err2string(code);
    return std::string(words != nullptr ? words : "unknown result") + " (" + std::to_string(code) + ")";
}

std::string escape_filter(std::string_view text)
{
    berval in = as_berval(text);
    berval out{};
    if (text.empty() || ldap_bv2escaped_filter_value(&in, &out) != 0)
        return {};
    const LdapText owned(out.bv_val);
    return {out.bv_val, out.bv_len};
}

std::string escape_rdn(std::string_view text)
{
    if (std::ranges::all_of(text, is_plain_rdn_char))
        return std::string(text);
    std::string type = "x";
    LDAPAVA ava{as_berval(type), as_berval(text), LDAP_AVA_STRING | LDAP_AVA_NONPRINTABLE, nullptr};
    if (std::ranges::all_of(text, [](char c) { return static_cast<signed char>(c) >= 0x20; }))
        ava.la_flags = LDAP_AVA_STRING;
    LDAPAVA* rdn[] = {&ava, nullptr};
    char* out = nullptr;
    if (ldap_rdn2str(rdn, &out, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS)
        return {};
    const LdapText owned(out);
    return std::string(out).substr(type.size() + 1);
}

void prepare_libldap()
{
    static std::once_flag once;
    std::call_once(once, [] {
        BerMemoryFunctions functions{allocate, allocate_zeroed, reallocate, wipe_and_free};
        ber_set_option(nullptr, LBER_OPT_MEMORY_FNS, &functions);
    });
}

} // namespace gatehouse::directory
