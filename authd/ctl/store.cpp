#include "ctl/become.hpp"
#include "ctl/verbs.hpp"

namespace gatehouse::ctl
{

int store_backup(const std::string& config, const std::string& file)
{
    return become("gatehouse-authd", {"--config", config, "--backup", file});
}

int store_restore(const std::string& config, const std::string& file)
{
    return become("gatehouse-authd", {"--config", config, "--restore", file});
}

} // namespace gatehouse::ctl
