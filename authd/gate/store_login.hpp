#pragma once

#include "base/result.hpp"
#include "gate/proved_login.hpp"

#include <string>

namespace gatehouse::gate
{

/// A password that is a store secret becomes a credential of that kind, before anything looks at it as a password.
void tell_store_secret(Attempt& attempt);

/// Somebody with a store secret, at the store for which it was made. Neither the directory nor the shield is asked
/// about it, and it leaves no proof.
Awaitable<Verdict> check_store_secret(const Checking& checking);

/// Somebody whom a connection of the native door was granted, for as long as its grant lives.
struct StoreGrant {
    std::string realm;
    std::string id; ///< Person::id
    std::string mailbox;
};

/// A store secret for them, if People admit them to the service of `checking.attempt` now.
Awaitable<Result<Secret>> make_store_secret(const Checking& checking, const StoreGrant& grant,
                                            const std::string& store);

} // namespace gatehouse::gate
