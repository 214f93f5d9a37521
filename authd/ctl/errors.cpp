#include "ctl/verbs.hpp"

#include "ctl/table.hpp"
#include "identity/reason.hpp"

#include <cstdio>

namespace gatehouse::ctl
{

namespace
{

/// authd answers a question that it cannot serve with the reason's word first: "directory-unavailable: dc1: ...".
bool names_outage(std::string_view text)
{
    const std::string_view word = text.substr(0, text.find(':'));
    for (auto reason = Reason::directory_unavailable; reason <= Reason::internal;
         reason = static_cast<Reason>(static_cast<std::uint8_t>(reason) + 1))
        if (word == name_of(reason))
            return true;
    return false;
}

} // namespace

void say_error(bool json, std::string_view text)
{
    if (json)
        print_json({{"error", text}});
    std::fprintf(stderr, "authctl: %s\n", printable(text).c_str());
}

int fail(const Common& common, const client::BlockingAuthd& authd, const Error& error)
{
    say_error(common.json, error.text);
    if (authd.absent())
        return exit_no_authd;
    return error.kind == ErrorKind::invalid && !names_outage(error.text) ? exit_no : exit_unavailable;
}

void print_json(const boost::json::value& value)
{
    std::printf("%s\n", boost::json::serialize(value).c_str());
}

} // namespace gatehouse::ctl
