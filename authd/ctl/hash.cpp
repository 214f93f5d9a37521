#include "ctl/terminal.hpp"
#include "ctl/verbs.hpp"

#include "base/argon2.hpp"
#include "base/scram_verifier.hpp"

#include <boost/json.hpp>

#include <cstdio>
#include <string>
#include <vector>

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

int failed(bool json, const Error& error)
{
    say_error(json, error.text);
    return error.kind == ErrorKind::invalid ? exit_usage : exit_unavailable;
}

/// Of each mechanism, the argon2id hash before them: a person of a people file has them all.
int verifiers(bool json, const Secret& password)
{
    const auto hashed = hash_password(password);
    if (!hashed)
        return failed(json, hashed.error());
    std::vector<std::string> lines;
    for (const ScramHash kind : {ScramHash::sha256, ScramHash::sha1}) {
        const auto verifier = make_scram_verifier(kind, password);
        if (!verifier)
            return failed(json, verifier.error());
        lines.push_back(format_scram_verifier(*verifier));
    }
    if (json) {
        print_json({{"hash", *hashed}, {"scram", boost::json::array(lines.begin(), lines.end())}});
        return exit_ok;
    }
    std::printf("password: \"%s\"\nscram:\n", hashed->c_str());
    for (const std::string& line : lines)
        std::printf("  - \"%s\"\n", line.c_str());
    return exit_ok;
}

} // namespace

int hash(bool json, bool password_stdin, bool scram)
{
    const auto password = password_stdin ? read_password_from_stdin() : ask_twice();
    if (!password) {
        say_error(json, password.error().text);
        return exit_usage;
    }
    if (scram)
        return verifiers(json, *password);
    const auto hashed = hash_password(*password);
    if (!hashed)
        return failed(json, hashed.error());
    if (json)
        print_json({{"hash", *hashed}});
    else
        std::printf("%s\n", hashed->c_str());
    return exit_ok;
}

} // namespace gatehouse::ctl
