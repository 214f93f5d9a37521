#pragma once

namespace gatehouse
{

/// Each client, connection and file is a descriptor: takes what the hard limit allows.
void raise_descriptor_limit();

/// Keeps passwords out of core dumps and from debuggers of the same user. Not where LeakSanitizer must look at us.
void forbid_dumps();

} // namespace gatehouse
