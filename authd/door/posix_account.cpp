#include "door/posix_account.hpp"

#include "base/text.hpp"

#include <array>

namespace gatehouse::door
{

namespace
{
bool fits_in_path(std::string_view name)
{
    return !name.empty() && name.front() != '.' && name.find('/') == std::string_view::npos && !text::has_control(name);
}

struct Placeholder {
    std::string_view word;
    std::string_view value;
};

Result<std::string> filled(std::string_view home, const Person& person)
{
    const std::array<Placeholder, 3> placeholders{
        {{"{name}", person.name}, {"{mailbox}", person.mailbox}, {"{realm}", person.realm}}};
    std::string out;
    while (!home.empty()) {
        const auto* const found =
            std::ranges::find_if(placeholders, [&](const Placeholder& p) { return home.starts_with(p.word); });
        if (found == placeholders.end()) {
            out += home.front();
            home.remove_prefix(1);
            continue;
        }
        if (!fits_in_path(found->value))
            return invalid("the name \"" + std::string(found->value) + "\" cannot be part of a path");
        out += found->value;
        home.remove_prefix(found->word.size());
    }
    return out;
}
} // namespace

Result<PosixAccount> posix_account(const Person& person, const std::optional<AccountTemplate>& account)
{
    if (person.posix)
        return *person.posix;
    if (!account)
        return invalid("no posix account in the directory, and the listener has no `account`");
    auto home = filled(account->home, person);
    if (!home)
        return std::unexpected(home.error());
    return PosixAccount{.uid = account->uid, .gid = account->gid, .home = std::move(*home)};
}

} // namespace gatehouse::door
