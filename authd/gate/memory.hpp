#pragma once

#include "gate/flights.hpp"
#include "gate/live_sessions.hpp"
#include "gate/login_metrics.hpp"
#include "gate/proofs.hpp"
#include "gate/shield.hpp"
#include "gate/store_secrets.hpp"
#include "store/store.hpp"

namespace gatehouse::gate
{

/// What the gate knows beyond its rules and what the mirrors hold: one for all realms, outlives every login.
struct Memory {
    Proofs& proofs;
    Shield& shield;
    Flights& flights;
    store::Store& store;
    LoginMetrics& metrics;
    StoreSecrets& store_secrets;
    LiveSessions& sessions;
};

} // namespace gatehouse::gate
