#pragma once

#include "base/result.hpp"
#include "identity/exchange.hpp"

#include <memory>
#include <string>

namespace gatehouse::sasl
{

// The sentences that mechanisms share. None repeats what the client sent.

Exchange::Broken broken(std::string why);
Exchange::Broken already_over();
Exchange::Broken name_too_long();
Exchange::Broken password_too_long();

/// A context that failed, as an exchange tells it.
Exchange::Unproved unproved(GssContext::Failed failed);

/// A security context; the error is the step that tells why there is none.
Result<std::unique_ptr<GssContext>, Exchange::Unproved> begin_context(GssAcceptor* acceptor, GssOffer offer);

} // namespace gatehouse::sasl
