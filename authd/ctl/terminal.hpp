#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <string_view>

namespace gatehouse::ctl
{

/// Asks on the controlling terminal, with the echo off, whatever standard input is. Error: `invalid` without a terminal
/// or when the person ends the input; `limit` when the secret memory is full. A signal meanwhile puts the echo back,
/// then has its usual effect.
Result<Secret> ask_password(std::string_view prompt);

/// All of standard input, without one final LF. Error: `invalid` above 256 KiB or when it cannot be read.
Result<Secret> read_password_from_stdin();

} // namespace gatehouse::ctl
