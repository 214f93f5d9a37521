#pragma once

#include <lber.h>
#include <ldap.h>

#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::directory
{

struct LdapUnbind {
    void operator()(LDAP* ldap) const noexcept { ldap_unbind_ext(ldap, nullptr, nullptr); }
};
using LdapHandle = std::unique_ptr<LDAP, LdapUnbind>;

struct LdapMessageFree {
    void operator()(LDAPMessage* message) const noexcept { ldap_msgfree(message); }
};
using LdapMessage = std::unique_ptr<LDAPMessage, LdapMessageFree>;

struct LdapMemoryFree {
    void operator()(void* memory) const noexcept { ldap_memfree(memory); }
};
using LdapText = std::unique_ptr<char, LdapMemoryFree>;

struct LdapControlsFree {
    void operator()(LDAPControl** controls) const noexcept { ldap_controls_free(controls); }
};
using LdapControls = std::unique_ptr<LDAPControl*, LdapControlsFree>;

struct LdapBerFree {
    explicit LdapBerFree(bool with_buffer = true) : with_buffer_(with_buffer) {}
    void operator()(BerElement* ber) const noexcept { ber_free(ber, with_buffer_ ? 1 : 0); }

private:
    bool with_buffer_; ///< false for a reader over a message that owns the bytes
};
using LdapBer = std::unique_ptr<BerElement, LdapBerFree>;

/// Text without a copy, as libldap takes it. libldap does not write through it.
inline berval as_berval(std::string_view text)
{
    return {text.size(), const_cast<char*>(text.data())};
}

/// What a result code means, in words, with the number that administrators search for: "Invalid credentials (49)".
std::string describe_result(int code);

/// RFC 4515 section 3: text that stands for itself inside a filter.
std::string escape_filter(std::string_view text);
/// RFC 4514 section 2.4: text that stands for itself as an attribute value inside a DN.
std::string escape_rdn(std::string_view text);

/// Once a process, before the first handle: memory that libldap returns is wiped first, since its messages hold
/// passwords. Thread-safe.
void prepare_libldap();

} // namespace gatehouse::directory
