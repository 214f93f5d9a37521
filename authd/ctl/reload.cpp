#include "ctl/table.hpp"
#include "ctl/verbs.hpp"

#include <cstdio>

namespace gatehouse::ctl
{

int reload(const Common& common)
{
    client::BlockingAuthd authd(common.socket);
    const auto result = authd.reload(common.deadline());
    if (!result)
        return fail(common, authd, result.error());
    if (common.json)
        print_json(*result);
    else
        std::printf("%s\n", printable(text_at(object_of(*result), "message")).c_str());
    return exit_ok;
}

} // namespace gatehouse::ctl
