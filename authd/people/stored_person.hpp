#pragma once

#include "base/deadline.hpp"
#include "identity/person.hpp"

#include <string>
#include <string_view>

namespace gatehouse::people
{

/// When the person's password_version was seen to move last.
struct PasswordMove {
    Deadline since{};     ///< the password was the old one at `server` at this moment; min(): it never moved while watched
    bool certain = false; ///< a new password was set; else the version may have moved without one (pwdLastSet 0 taken back)
    std::string server{};
};

} // namespace gatehouse::people
