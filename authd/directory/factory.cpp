#include "directory/factory.hpp"

#include "directory/active_directory.hpp"
#include "directory/openldap.hpp"

namespace gatehouse::directory
{

std::shared_ptr<Directory> make_directory(const OpenLdapSettings& settings, BlockingPool& network)
{
    return std::make_shared<OpenLdap>(settings, network);
}

std::shared_ptr<Directory> make_directory(const ActiveDirectorySettings& settings, BlockingPool& network)
{
    return std::make_shared<ActiveDirectory>(settings, network);
}

} // namespace gatehouse::directory
