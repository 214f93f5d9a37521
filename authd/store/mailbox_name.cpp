#include "store/mailbox_name.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace gatehouse::store
{

std::string folded(std::string_view name)
{
    return text::lower(name);
}

std::string candidate(std::string_view wanted, std::uint32_t number)
{
    std::string name(wanted);
    if (number > 1)
        name.insert(std::min(name.find('@'), name.size()), std::to_string(number));
    return name;
}

Result<void> storable(std::string_view what, std::string_view text)
{
    const std::string subject = "the store takes no such " + std::string(what) + ": ";
    if (text.empty())
        return invalid(subject + "it is empty");
    if (text.size() > max_name)
        return invalid(subject + std::to_string(text.size()) + " bytes (at most " + std::to_string(max_name) + ")");
    if (!text::is_utf8(text) || text::has_control(text))
        return invalid(subject + "not UTF-8, or with control characters");
    return {};
}

} // namespace gatehouse::store
