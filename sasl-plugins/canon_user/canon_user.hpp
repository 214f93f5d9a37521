#pragma once

#include <sasl/sasl.h>
#include <sasl/saslplug.h>

namespace gatehouse::sasl_plugins
{

/// The entry point of the plugin, as saslplug.h describes it (sasl_canonuser_init_t). libsasl2 may call it twice in one
/// process, once for servers and once for clients: each time it makes a plugin of its own.
int init_canon_user(const sasl_utils_t* utils, int max_version, int* out_version, sasl_canonuser_plug_t** plugin,
                    const char* name);

} // namespace gatehouse::sasl_plugins
