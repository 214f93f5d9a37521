// Store secrets: what parses says what is in the text and nothing else, so that it is written again to the same text
// but for the MAC; and a text whose MAC is not ours is never ours. covers: authd/wire/store_secret.cpp
#include "fuzz.hpp"
#include "wire/store_secret.hpp"

#include <string>

using namespace gatehouse;
using namespace gatehouse::fuzz;
using namespace gatehouse::wire;

namespace
{
constexpr std::size_t mac_digits_end = store_secret_prefix.size() + 96;

const Secret& key()
{
    static const Secret key = secret_of("0123456789abcdef0123456789abcdef");
    return key;
}

/// Without the 32 bytes of the MAC, which end with the head: 42 digits and a part of the one before.
std::string without_mac(std::string_view text)
{
    return std::string(text.substr(0, mac_digits_end - 43)).append(text.substr(mac_digits_end));
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    (void)key(); // made before what is left is measured
    const NothingLeft nothing_left;
    const std::string_view text = text_of(bytes, size);
    const auto shown = parse_store_secret(text);
    if (!shown) {
        require(shown.error() != WireError::out_of_memory);
        return 0;
    }
    const StoreSecret& says = shown->says;
    planted_bug(says.id);
    require(is_store_secret(text) && text.size() <= max_store_secret && is_store_name(says.store));
    const auto again = format_store_secret(says, key());
    require(again.has_value() && without_mac(again->view()) == without_mac(text));
    require(is_made_with(*shown, key()).value() == (again->view() == text));
    const auto ours = parse_store_secret(again->view());
    require(ours.has_value() && ours->says == says && is_made_with(*ours, key()).value());
    return 0;
}
