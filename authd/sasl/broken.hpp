#pragma once

#include "identity/exchange.hpp"

#include <string>

namespace gatehouse::sasl
{

// The sentences that mechanisms share. None repeats what the client sent.

Exchange::Broken broken(std::string why);
Exchange::Broken already_over();
Exchange::Broken name_too_long();
Exchange::Broken password_too_long();

} // namespace gatehouse::sasl
