// Login names: the parts of a name make up the name, and a name goes to realms that claim it or to none.
// covers: authd/identity/login_name.cpp authd/identity/realm_names.cpp
#include "base/text.hpp"
#include "fuzz.hpp"
#include "identity/login_name.hpp"
#include "identity/realm_names.hpp"

#include <string>

using namespace gatehouse;
using namespace gatehouse::fuzz;

namespace
{
const std::vector<RealmNames>& realms()
{
    static const std::vector<RealmNames> some = {
        {.realm = "CAMPUS",
         .netbios = "CAMPUS",
         .kerberos_realm = "CAMPUS.EXAMPLE",
         .upn_suffixes = {"campus.example"},
         .mail_domains = {"mail.example"},
         .is_default = true},
        {.realm = "LAB", .netbios = "LAB", .kerberos_realm = {}, .upn_suffixes = {}, .mail_domains = {"mail.example"}},
    };
    return some;
}

void check_parts(const LoginName& name)
{
    const std::string given = text::lower(name.given);
    switch (name.form) {
    case LoginName::Form::plain: require(name.user == name.given && name.qualifier.empty()); break;
    case LoginName::Form::down_level: require(given == name.qualifier + '\\' + text::lower(name.user)); break;
    case LoginName::Form::sid: require(false); break; // found by a ticket, never written
    case LoginName::Form::qualified:
        require(given == text::lower(name.user) + '@' + name.qualifier);
        require(name.qualifier.find('@') == std::string::npos);
        break;
    }
    require(!name.user.empty());
    require(as_plain(name).user == name.given);
}

void check_route(const LoginName& name)
{
    for (const std::string_view hint : {"", "lab", "mail.example", "elsewhere"})
        for (const RealmNames* realm : route(name, hint, realms()))
            require(realm == realms().data() || realm == realms().data() + 1);
    if (name.form == LoginName::Form::plain)
        require(route(name, "", realms()).size() == 1);
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const std::string_view given = text_of(bytes, size);
    const auto name = parse_login_name(given);
    if (!name) {
        require(!name.error().text.empty());
        return 0;
    }
    require(name->given == given && size <= max_login_name && !text::has_control(given) && text::is_utf8(given));
    planted_bug(name->qualifier);
    check_parts(*name);
    check_route(*name);
    const auto again = parse_login_name(name->address());
    require(again.has_value() && (name->form != LoginName::Form::qualified || again->address() == name->address()));
    return 0;
}
