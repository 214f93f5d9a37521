#include "ctl/become.hpp"
#include "ctl/verbs.hpp"

namespace gatehouse::ctl
{

int doctor(const DoctorOptions& options)
{
    std::vector<std::string> arguments{options.only_keytabs ? "keytab" : "doctor", "--config", options.config};
    if (!options.socket.empty())
        arguments.insert(arguments.end(), {"--socket", options.socket});
    if (options.all)
        arguments.emplace_back("--all");
    if (options.json)
        arguments.emplace_back("--json");
    if (!options.realm.empty())
        arguments.insert(arguments.end(), {"--", options.realm});
    return become("gatehouse-doctor", arguments);
}

} // namespace gatehouse::ctl
