// The one symbol that libgatehouse_canon.so shows.
#include "canon_user/canon_user.hpp"

extern "C" __attribute__((visibility("default"))) int sasl_canonuser_init(const sasl_utils_t* utils, int max_version,
                                                                          int* out_version,
                                                                          sasl_canonuser_plug_t** plugin,
                                                                          const char* name)
{
    return gatehouse::sasl_plugins::init_canon_user(utils, max_version, out_version, plugin, name);
}
