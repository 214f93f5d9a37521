#include "kerberos/foreign_names.hpp"

#include "base/log.hpp"
#include "kerberos/private_profile.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <string_view>

namespace gatehouse::kerberos
{

namespace
{
constexpr std::size_t max_principal = 1024;

/// krb5_unparse_name writes a backslash before whatever could be misread. The last '@' is the realm's.
bool is_clear(std::string_view principal)
{
    const std::size_t at = principal.rfind('@');
    return at != std::string_view::npos && principal.size() <= max_principal &&
           principal.find('\\') == std::string_view::npos && !principal.substr(at + 1).starts_with("WELLKNOWN:") &&
           std::ranges::none_of(principal, [](char c) { return c >= '\0' && c < ' '; });
}
} // namespace

struct ForeignNames::Libkrb5 {
    const LocalRules rules; // before the context, which reads them
    std::mutex mutex;
    Krb5Context context{};
};

ForeignNames::ForeignNames(std::unique_ptr<Libkrb5> libkrb5) : libkrb5_(std::move(libkrb5)) {}
ForeignNames::~ForeignNames() = default;

Result<std::shared_ptr<const ForeignNames>> ForeignNames::make(std::string kerberos_realm,
                                                               std::vector<std::string> rules)
{
    std::unique_ptr<Libkrb5> libkrb5(
        new Libkrb5{.rules = {.realm = std::move(kerberos_realm), .auth_to_local = std::move(rules)}, .mutex = {}});
    auto context = make_context(libkrb5->rules);
    if (!context)
        return std::unexpected(std::move(context.error()));
    libkrb5->context = std::move(*context);
    return std::shared_ptr<const ForeignNames>(new ForeignNames(std::move(libkrb5)));
}

std::optional<std::string> ForeignNames::name_of(const std::string& principal) const
{
    if (!is_clear(principal))
        return {};
    const std::lock_guard lock(libkrb5_->mutex);
    krb5_context const context = libkrb5_->context.get();
    Principal parsed(context);
    std::array<char, max_principal + 1> name{};
    krb5_error_code code = krb5_parse_name(context, principal.c_str(), parsed.out());
    if (code == 0)
        code = krb5_aname_to_localname(context, parsed.get(), static_cast<int>(name.size()), name.data());
    if (code == 0)
        return std::string(name.data());
    if (code != KRB5_LNAME_NOTRANS)
        log::warn("kerberos: auth_to_local cannot be applied to {}: {}", principal, words_of(context, code));
    return {};
}

} // namespace gatehouse::kerberos
