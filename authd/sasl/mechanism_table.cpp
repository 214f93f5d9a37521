#include "sasl/mechanism_table.hpp"

#include "base/text.hpp"
#include "sasl/external.hpp"
#include "sasl/gss_spnego.hpp"
#include "sasl/gssapi.hpp"
#include "sasl/login.hpp"
#include "sasl/ntlm.hpp"
#include "sasl/plain.hpp"
#include "sasl/scram.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::sasl
{

namespace
{
constexpr std::array<const Mechanism*, 10> table = {&gss_spnego,      &gssapi,       &external,   &scram_sha256_plus,
                                                    &scram_sha1_plus, &scram_sha256, &scram_sha1, &ntlm,
                                                    &plain,           &login};

bool names_it(std::span<const std::string> names, std::string_view mechanism)
{
    return std::ranges::any_of(names,
                               [&](const std::string& name) { return text::equal_ignoring_case(name, mechanism); });
}
} // namespace

std::span<const Mechanism* const> mechanisms()
{
    return table;
}

const Mechanism* find_mechanism(std::string_view name)
{
    for (const Mechanism* mechanism : table)
        if (text::equal_ignoring_case(mechanism->name, name))
            return mechanism;
    return nullptr;
}

const Mechanism* find_mechanism(std::string_view name, std::span<const std::string> allowed)
{
    const Mechanism* const mechanism = find_mechanism(name);
    return mechanism != nullptr && names_it(allowed, mechanism->name) ? mechanism : nullptr;
}

std::vector<const Mechanism*> offered_mechanisms(std::span<const std::string> allowed)
{
    std::vector<const Mechanism*> offered;
    for (const Mechanism* mechanism : table)
        if (names_it(allowed, mechanism->name))
            offered.push_back(mechanism);
    return offered;
}

std::string_view first_unknown_mechanism(std::span<const std::string> names)
{
    for (const std::string& name : names)
        if (std::ranges::none_of(
                table, [&](const Mechanism* mechanism) { return text::equal_ignoring_case(mechanism->name, name); }))
            return name;
    return {};
}

} // namespace gatehouse::sasl
