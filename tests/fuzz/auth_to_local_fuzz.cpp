// A rule of auth_to_local: libkrb5 finds no mistake in one that was taken, whomever it is for.
// covers: authd/kerberos/auth_to_local_rule.cpp
#include "fuzz.hpp"
#include "kerberos/auth_to_local_rule.hpp"
#include "kerberos/private_profile.hpp"

#include <algorithm>
#include <array>
#include <string>

using namespace gatehouse;
using namespace gatehouse::fuzz;

namespace
{
void ask_libkrb5(const std::string& rule)
{
    const kerberos::LocalRules rules{.realm = "OWN", .auth_to_local = {rule}};
    const auto context = kerberos::make_context(rules);
    require(context.has_value());
    for (const char* const text : {"a@R", "a/b@R", "a/b/c@R"}) {
        kerberos::Principal principal(context->get());
        require(krb5_parse_name(context->get(), text, principal.out()) == 0);
        std::array<char, 4096> name{};
        const krb5_error_code code =
            krb5_aname_to_localname(context->get(), principal.get(), static_cast<int>(name.size()), name.data());
        require(code == 0 || code == KRB5_LNAME_NOTRANS || code == KRB5_CONFIG_NOTENUFSPACE);
    }
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const std::string rule(text_of(bytes, size));
    // Repetitions that are counted, and those of groups in groups, take regcomp minutes and gigabytes: a matter between
    // an administrator and the rules that they write.
    if (rule.contains('{') || std::ranges::count(rule, '(') > 4 || !kerberos::check_auth_to_local(rule))
        return 0;
    planted_bug(rule);
    ask_libkrb5(rule);
    return 0;
}
