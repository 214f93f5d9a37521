#pragma once

#include <gssapi/gssapi_ext.h>

#include <string>
#include <string_view>
#include <utility>

namespace gatehouse::kerberos
{

/// Something of GSSAPI that is released when this ends; `release` is the library's function for it.
template <class Handle, auto release>
class GssOwned
{
public:
    GssOwned() = default;
    ~GssOwned() { reset(); }
    GssOwned(GssOwned&& other) noexcept : handle_(std::exchange(other.handle_, Handle{})) {}
    GssOwned& operator=(GssOwned&& other) noexcept
    {
        std::swap(handle_, other.handle_);
        return *this;
    }

    Handle get() const { return handle_; }
    /// Where a function of GSSAPI puts a new one or changes it.
    Handle* inout() { return &handle_; }

private:
    void reset()
    {
        OM_uint32 minor = 0;
        if (handle_ != Handle{})
            release(&minor, &handle_);
    }
    Handle handle_{};
};

inline OM_uint32 delete_context(OM_uint32* minor, gss_ctx_id_t* context)
{
    return gss_delete_sec_context(minor, context, nullptr);
}

using GssCredential = GssOwned<gss_cred_id_t, &gss_release_cred>;
using GssSecurityContext = GssOwned<gss_ctx_id_t, &delete_context>;
using GssName = GssOwned<gss_name_t, &gss_release_name>;

/// A buffer that GSSAPI has made.
class GssBuffer
{
public:
    GssBuffer() = default;
    ~GssBuffer()
    {
        OM_uint32 minor = 0;
        gss_release_buffer(&minor, &buffer_);
    }
    GssBuffer(const GssBuffer&) = delete;
    GssBuffer& operator=(const GssBuffer&) = delete;

    gss_buffer_t out() { return &buffer_; }
    std::string_view view() const { return {static_cast<const char*>(buffer_.value), buffer_.length}; }

private:
    gss_buffer_desc buffer_{};
};

/// The bytes as GSSAPI takes them; it does not write there.
inline gss_buffer_desc borrow(std::string_view bytes)
{
    return {bytes.size(), const_cast<char*>(bytes.data())};
}

inline bool same_mechanism(gss_const_OID a, gss_const_OID b)
{
    return a != nullptr && b != nullptr &&
           std::string_view(static_cast<const char*>(a->elements), a->length) ==
               std::string_view(static_cast<const char*>(b->elements), b->length);
}

} // namespace gatehouse::kerberos
