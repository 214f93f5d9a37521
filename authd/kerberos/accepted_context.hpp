#pragma once

#include "identity/gss.hpp"
#include "kerberos/accepted_keys.hpp"
#include "kerberos/gss_handles.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::kerberos
{

/// One client's security context. Source: RFC 2743, RFC 4121; MS-PAC for whom a domain controller's ticket names.
class AcceptedContext final : public GssContext
{
public:
    AcceptedContext(std::shared_ptr<const AcceptedKeys> keys, GssOffer offer);

    Step step(std::string_view token) override;
    Result<std::string> wrap(std::string_view message) override;
    Result<std::string> unwrap(std::string_view message) override;

private:
    Step refused(std::string_view token, OM_uint32 major, OM_uint32 minor, gss_OID mechanism) const;
    Step established(std::string token, const GssName& client, gss_OID mechanism, OM_uint32 lifetime_s);

    std::shared_ptr<const AcceptedKeys> keys_;
    GssOffer offer_;
    GssSecurityContext context_;
    bool unicode_ = false; // what our NTLM challenge has settled on
};

} // namespace gatehouse::kerberos
