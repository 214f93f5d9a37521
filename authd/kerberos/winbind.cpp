#include "kerberos/winbind.hpp"

#include <memory>

extern "C" { // which the header does not say
#include <wbclient.h>
}

namespace gatehouse::kerberos
{

std::optional<std::string> winbind_trouble(const std::string& domain)
{
    const std::unique_ptr<wbcContext, decltype(&wbcCtxFree)> context(wbcCtxCreate(), wbcCtxFree);
    if (!context)
        return "no memory for a call of winbind";
    wbcAuthErrorInfo* error = nullptr;
    char* domain_controller = nullptr;
    const wbcErr answer =
        wbcCtxPingDc2(context.get(), domain.empty() ? nullptr : domain.c_str(), &error, &domain_controller);
    const std::unique_ptr<void, decltype(&wbcFreeMemory)> error_owner(error, wbcFreeMemory);
    const std::unique_ptr<void, decltype(&wbcFreeMemory)> name_owner(domain_controller, wbcFreeMemory);
    if (answer == WBC_ERR_SUCCESS)
        return std::nullopt;
    std::string trouble = wbcErrorString(answer);
    if (error != nullptr && error->nt_string != nullptr)
        trouble.append(", ").append(error->nt_string);
    return domain_controller == nullptr ? trouble : trouble + " at " + domain_controller;
}

} // namespace gatehouse::kerberos
