#pragma once

#include <sasl/sasl.h>
#include <sasl/saslplug.h>

namespace gatehouse::sasl_plugins
{

/// The entry point of the plugin, as saslplug.h describes it (sasl_auxprop_init_t).
int init_auxprop(const sasl_utils_t* utils, int max_version, int* out_version, sasl_auxprop_plug_t** plugin,
                 const char* name);

} // namespace gatehouse::sasl_plugins
