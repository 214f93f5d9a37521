#pragma once

#include <krb5/krb5.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace gatehouse::kerberos
{

struct ContextEnd {
    void operator()(krb5_context context) const { krb5_free_context(context); }
};
/// One thread at a time may use a context and what was made with it; that thread may change.
using Krb5Context = std::unique_ptr<std::remove_pointer_t<krb5_context>, ContextEnd>;

/// Something of libkrb5 that is freed with the context that it was made with. The context outlives it.
template <class Handle, auto free>
class Owned
{
public:
    explicit Owned(krb5_context context) : context_(context) {}
    ~Owned() { reset(); }
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;

    Handle get() const { return handle_; }
    Handle operator->() const { return handle_; }
    /// Where a function of libkrb5 puts a new one; what was here is freed.
    Handle* out()
    {
        reset();
        return &handle_;
    }
    void reset()
    {
        if (handle_ != Handle{})
            free(context_, handle_);
        handle_ = Handle{};
    }

private:
    krb5_context context_;
    Handle handle_{};
};

using Principal = Owned<krb5_principal, &krb5_free_principal>;
using Keytab = Owned<krb5_keytab, &krb5_kt_close>;
using MemoryCache = Owned<krb5_ccache, &krb5_cc_destroy>;
using AsOptions = Owned<krb5_get_init_creds_opt*, &krb5_get_init_creds_opt_free>;
using AsSteps = Owned<krb5_init_creds_context, &krb5_init_creds_free>;
using TgsSteps = Owned<krb5_tkt_creds_context, &krb5_tkt_creds_free>;
using KrbError = Owned<krb5_error*, &krb5_free_error>;

/// A ticket with its session key, which is wiped at the end.
class Credentials
{
public:
    explicit Credentials(krb5_context context) : context_(context) {}
    ~Credentials() { krb5_free_cred_contents(context_, &creds_); }
    Credentials(const Credentials&) = delete;
    Credentials& operator=(const Credentials&) = delete;

    krb5_creds& operator*() { return creds_; }
    krb5_creds* operator->() { return &creds_; }

private:
    krb5_context context_;
    krb5_creds creds_{};
};

inline std::string_view view(const krb5_data& data)
{
    return {data.data, data.length};
}

/// The bytes as libkrb5 takes them; it does not write there.
inline krb5_data borrow(std::span<const std::uint8_t> bytes)
{
    return {KV5M_DATA, static_cast<unsigned>(bytes.size()),
            const_cast<char*>(reinterpret_cast<const char*>(bytes.data()))};
}

/// libkrb5's own words for an error.
inline std::string words_of(krb5_context context, krb5_error_code code)
{
    const char* const message = krb5_get_error_message(context, code);
    std::string words = message;
    krb5_free_error_message(context, message);
    return words;
}

/// `host/gatehouse.campus.example@CAMPUS.EXAMPLE`
inline std::string name_of(krb5_context context, krb5_const_principal principal)
{
    char* text = nullptr;
    if (krb5_unparse_name(context, principal, &text) != 0)
        return {};
    std::string name = text;
    krb5_free_unparsed_name(context, text);
    return name;
}

} // namespace gatehouse::kerberos
