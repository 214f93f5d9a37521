#pragma once

#include "app/config.hpp"
#include "base/yaml_reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::app
{

/// The sections of the file, each in a source of its own. All add what is wrong to the value's faults and go on.

void read_realms(const yaml::Value& list, Config& config);
/// After read_realms: listeners name realms.
void read_listeners(const yaml::Value& list, Config& config);

/// A list of groups, not an empty one: `group`, or `REALM\group` with a realm's name or netbios. After read_realms.
void read_groups(const yaml::Value& list, const Config& config, NamedGroups& groups);

/// What OpenLDAP and Active Directory have in common. `has_sites`: the key `site` is known.
void read_servers(yaml::Fields& fields, directory::ServerSettings& servers, bool has_sites);
/// Adds to the configuration's warnings.
void read_tls(const yaml::Value& value, directory::TlsSettings& tls, Config& config);
void read_bind(const yaml::Value& value, directory::BindAccount& bind);
void read_timing(const yaml::Value& value, directory::Timing& timing);

/// What is remembered of logins, and what keeps accounts from being locked (config_memory.cpp).
void read_proofs(const yaml::Value& value, gate::ProofRules& proofs);
void read_shield(const yaml::Value& value, gate::ShieldRules& shield);
/// After the realm's names.
void read_passwords(const yaml::Value& value, RealmConfig& realm);
void read_tickets(const yaml::Value& value, RealmConfig& realm, const Config& config);
void read_store(const yaml::Value& value, store::StoreSettings& store);
void read_store_secrets(const yaml::Value& value, std::vector<std::string>& key_files);
void read_metrics(const yaml::Value& value, std::string& listen);

/// A user by number or by name; `least` is the lowest that is allowed. Blocks while the system's user database answers.
std::optional<std::uint32_t> read_user(const yaml::Value& value, std::uint32_t least);
std::optional<std::uint32_t> read_group(const yaml::Value& value, std::uint32_t least);

} // namespace gatehouse::app
