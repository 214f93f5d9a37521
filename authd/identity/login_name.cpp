#include "identity/login_name.hpp"

#include "base/text.hpp"

namespace gatehouse
{

std::string LoginName::address() const
{
    return form == Form::qualified ? user + '@' + qualifier : user;
}

Result<LoginName> parse_login_name(std::string_view given)
{
    if (given.empty())
        return invalid("the login name is empty");
    if (given.size() > max_login_name)
        return invalid("the login name is longer than " + std::to_string(max_login_name) + " bytes");
    if (!text::is_utf8(given))
        return invalid("the login name is not UTF-8");
    if (text::has_control(given))
        return invalid("the login name has a control character");

    LoginName name{
        .form = LoginName::Form::plain, .given = std::string(given), .user = std::string(given), .qualifier = {}};
    const std::size_t at = given.rfind('@');
    const std::size_t slash = given.find('\\');
    if (at != std::string_view::npos && at > 0 && at + 1 < given.size()) {
        name.form = LoginName::Form::qualified;
        name.user = given.substr(0, at);
        name.qualifier = text::lower(given.substr(at + 1));
    } else if (slash != std::string_view::npos && slash > 0 && slash + 1 < given.size()) {
        name.form = LoginName::Form::down_level;
        name.user = given.substr(slash + 1);
        name.qualifier = text::lower(given.substr(0, slash));
    }
    return name;
}

LoginName name_of_sid(std::string_view sid)
{
    std::string name = std::string(sid_form) + std::string(sid);
    return {.form = LoginName::Form::sid, .given = name, .user = std::move(name), .qualifier = {}};
}

LoginName as_plain(const LoginName& name)
{
    return {.form = LoginName::Form::plain, .given = name.given, .user = name.given, .qualifier = {}};
}

} // namespace gatehouse
