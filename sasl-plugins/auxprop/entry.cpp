// The one symbol that libgatehouse_auxprop.so shows.
#include "auxprop/auxprop.hpp"

extern "C" __attribute__((visibility("default"))) int sasl_auxprop_plug_init(const sasl_utils_t* utils, int max_version,
                                                                             int* out_version,
                                                                             sasl_auxprop_plug_t** plugin,
                                                                             const char* name)
{
    return gatehouse::sasl_plugins::init_auxprop(utils, max_version, out_version, plugin, name);
}
