#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace gatehouse
{

/// The longest login name that is looked up, in bytes. Longer ones are refused before any directory is asked.
inline constexpr std::size_t max_login_name = 1024;

/// A login name taken apart. Which realm it belongs to is decided by RealmNames; which person, by the directory.
struct LoginName {
    enum class Form {
        plain,      ///< user
        down_level, ///< DOMAIN\user
        qualified,  ///< user@suffix: a UPN or a mail address
        sid,        ///< sid:S-1-5-21-...: a security identifier that a ticket names; nobody can type this form
    };

    Form form = Form::plain;
    std::string given;     ///< as the client sent it
    std::string user;      ///< the part that names the person
    std::string qualifier; ///< DOMAIN or suffix, lower case; empty for the plain form

    /// user@qualifier, the qualifier in lower case; `user` alone for the other forms.
    std::string address() const;
};

/// Takes a name apart. The last '@' separates, as in Cyrus SASL; a backslash separates only when something stands on
/// both sides. Error: `invalid` for a name that is empty, too long, not UTF-8 or has a control character.
Result<LoginName> parse_login_name(std::string_view given);

/// What a name of LoginName::Form::sid begins with.
inline constexpr std::string_view sid_form = "sid:";

/// The name of the person with this security identifier. As a short name, "sid:" and the identifier cannot be
/// anybody's: no directory that has identifiers takes a colon in one.
LoginName name_of_sid(std::string_view sid);

/// The same name without its qualifier's meaning: the whole text is the user. For directories whose people have '@' or
/// '\' in their short names.
LoginName as_plain(const LoginName& name);

} // namespace gatehouse
