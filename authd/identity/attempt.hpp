#pragma once

#include "identity/credential.hpp"
#include "identity/named_groups.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gatehouse
{

/// What the callers of one listener may claim (DESIGN.md, "Doors and trust"). Empty sets allow everything of their
/// kind. Immutable; replaced whole on reload.
struct Pins {
    std::string listener; ///< its name in the configuration
    std::string door;     ///< saslauthd, dovecot, ...
    std::set<std::string, std::less<>> services;
    std::set<std::string, std::less<>> realms;
    std::set<std::uint32_t> peer_uids;
    /// Groups whose members may act for others through this listener (SASL's authzid); empty: nobody.
    NamedGroups may_act_for_others;
    std::string store;               ///< the mail store that asks here, by the name that store secrets are made for
    bool may_assert_address = false; ///< the client address that the caller tells is believed and audited
    bool may_external = false;       ///< dovecot and native: vouches for client certificates (EXTERNAL)
    bool may_control = false;        ///< native door: status, reload, explain, shield, sessions, kick
    bool may_find = false;           ///< native door: who people are, and every change (find, watch)
    bool may_admit = false;          ///< native door: vouches for people whom it has proved itself (admit)
    bool may_store = false;          ///< native door: counts and keeps in authd's store (count, keep)
    bool may_hold_sessions = false;  ///< native door: has authd end the sessions that it keeps open (session)

    bool may_open_stores = false; ///< native door: gets store secrets for people whom it has logged in (mint)

    bool operator==(const Pins&) const = default;
};

/// One login as a door hands it to the gate.
struct Attempt {
    std::string service;
    std::string realm_hint;     ///< the protocol's realm field; empty: none
    std::string client_address; ///< as told by the caller; empty: none
    std::string mechanism;      ///< SASL name; "PLAIN" for doors that carry a name and a password
    std::uint32_t peer_uid = 0; ///< who asked, by SO_PEERCRED
    Credential credential;
};

} // namespace gatehouse
