#pragma once

#include "codec/back.hpp"
#include "codec/boundary.hpp"
#include "codec/front.hpp"
#include "edge/settings.hpp"

#include <memory>
#include <string_view>

/// The one table of mail protocols: what speaks each of them. A new protocol is a pair of codecs and a line in each of
/// these.
namespace gatehouse::edge
{

/// `settings` outlives it. `backend`: what a server behind us can do, as far as is known.
std::unique_ptr<codec::Front> make_front(Protocol protocol, const codec::FrontSettings& settings,
                                         codec::BackendLines backend);
/// Clients are told before their login what the server behind us can do: it must be asked, if it is not known.
bool tells_backend_first(Protocol protocol);
std::unique_ptr<codec::Back> make_back(Protocol protocol, codec::StoreWish wish);
/// Null: nothing can be said in it after login.
std::unique_ptr<codec::Boundary> make_boundary(Protocol protocol);

/// What is told to a client who is logged in, between two responses of the store; may be empty.
std::string_view farewell_after_login(Protocol protocol, codec::Farewell why);

} // namespace gatehouse::edge
