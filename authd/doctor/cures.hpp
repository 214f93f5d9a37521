#pragma once

#include "doctor/examination.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::doctor
{

// Lines for the administrator of a directory, in the tools that its make has.

using Cure = std::vector<std::string>;

/// The key of a service anew into its keytab. `account` empty: it is not known.
Cure export_key(Make make, const std::string& file, const std::string& principal, const std::string& account);
Cure add_service_name(Make make, const std::string& service, const std::string& account);
Cure remove_service_name(Make make, const std::string& service, const std::string& account);
/// AES keys for an account, which take a new password to come into being.
Cure allow_aes(Make make, const std::string& file, const std::string& service, const std::string& account);
/// The script of config/active-directory that grants the account that searches what it needs.
std::string delegation(Examination& examination);
/// One container of Active Directory, to be listed and read by that account.
Cure grant_reading(Examination& examination, const std::string& container, bool deleted_objects);
/// Attributes of people in Active Directory, to be read by the account that searches.
Cure grant_attributes(Examination& examination, const std::vector<std::string>& attributes);

/// `host/mail.campus.example` of `host/mail.campus.example@CAMPUS.EXAMPLE`.
std::string without_realm(std::string_view principal);

} // namespace gatehouse::doctor
