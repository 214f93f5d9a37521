#include "base/process.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace gatehouse
{

void raise_descriptor_limit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void forbid_dumps()
{
#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer)
    ::prctl(PR_SET_DUMPABLE, 0);
#endif
}

} // namespace gatehouse
