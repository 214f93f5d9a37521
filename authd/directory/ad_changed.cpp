#include "directory/ad_changed.hpp"

#include "base/text.hpp"
#include "directory/ad_person.hpp"
#include "directory/number.hpp"

#include <algorithm>

namespace gatehouse::directory
{

void AdChanged::add(const Entry& entry)
{
    const std::string_view bytes = entry.first("objectGUID");
    const auto id = ad_id(bytes);
    if (!id)
        return;
    if (entry.first("isDeleted") == "TRUE")
        deleted.push_back(guid_text(bytes));
    else
        present.insert(*id);
    // The last class is the entry's own (MS-ADTS section 3.1.1.1.4): a group policy is a container, too, by its line.
    const auto classes = entry.all("objectClass");
    const std::string own = classes.empty() ? "" : text::lower(classes.back());
    groups = groups || std::ranges::any_of(classes, [](const std::string& name) { return name == "group"; });
    const auto created = parse_number<std::uint64_t>(entry.first("uSNCreated"));
    const bool is_new = created && *created > above; // what is in it has come since, and has numbers of its own
    containers = containers || (!is_new && (own == "organizationalunit" || own == "container"));
    policies = policies || own == "domaindns" || own == "msds-passwordsettings";
}

std::vector<std::string> ad_changed_attributes()
{
    return {"objectGUID", "objectClass", "isDeleted", "uSNCreated"};
}

} // namespace gatehouse::directory
