#include "ctl/terminal.hpp"
#include "ctl/verbs.hpp"

#include "base/argon2.hpp"

#include <cstdio>

namespace gatehouse::ctl
{

namespace
{

Result<Secret> ask_twice()
{
    auto first = ask_password("new password: ");
    if (!first)
        return first;
    const auto second = ask_password("the same again: ");
    if (!second)
        return std::unexpected(second.error());
    if (!first->equals(*second))
        return invalid("the two differ");
    return first;
}

} // namespace

int hash(bool json, bool password_stdin)
{
    const auto password = password_stdin ? read_password_from_stdin() : ask_twice();
    if (!password) {
        say_error(json, password.error().text);
        return exit_usage;
    }
    const auto hashed = hash_password(*password);
    if (!hashed) {
        say_error(json, hashed.error().text);
        return hashed.error().kind == ErrorKind::invalid ? exit_usage : exit_unavailable;
    }
    if (json)
        print_json({{"hash", *hashed}});
    else
        std::printf("%s\n", hashed->c_str());
    return exit_ok;
}

} // namespace gatehouse::ctl
