#include "edge/protocols.hpp"

#include "codec/imap_back.hpp"
#include "codec/imap_front.hpp"
#include "codec/pop3_back.hpp"
#include "codec/pop3_front.hpp"
#include "codec/sieve_back.hpp"
#include "codec/sieve_front.hpp"
#include "codec/smtp_back.hpp"
#include "codec/smtp_front.hpp"

namespace gatehouse::edge
{

std::unique_ptr<codec::Front> make_front(Protocol protocol, const codec::FrontSettings& settings,
                                         codec::BackendLines backend)
{
    switch (protocol) {
    case Protocol::imap: return std::make_unique<codec::ImapFront>(settings);
    case Protocol::pop3: return std::make_unique<codec::Pop3Front>(settings, std::move(backend));
    case Protocol::submission: return std::make_unique<codec::SmtpFront>(settings, std::move(backend));
    case Protocol::sieve: return std::make_unique<codec::SieveFront>(settings, std::move(backend));
    }
    return nullptr;
}

std::unique_ptr<codec::Back> make_back(Protocol protocol, codec::StoreWish wish)
{
    switch (protocol) {
    case Protocol::imap: return std::make_unique<codec::ImapBack>(std::move(wish));
    case Protocol::pop3: return std::make_unique<codec::Pop3Back>(std::move(wish));
    case Protocol::submission: return std::make_unique<codec::SmtpBack>(std::move(wish));
    case Protocol::sieve: return std::make_unique<codec::SieveBack>(std::move(wish));
    }
    return nullptr;
}

bool tells_backend_first(Protocol protocol)
{
    return protocol == Protocol::submission || protocol == Protocol::sieve;
}

std::unique_ptr<codec::Boundary> make_boundary(Protocol protocol)
{
    switch (protocol) {
    case Protocol::imap:
    case Protocol::sieve: return std::make_unique<codec::ImapBoundary>();
    case Protocol::submission: return std::make_unique<codec::SmtpBoundary>();
    case Protocol::pop3: break;
    }
    return nullptr;
}

std::string_view farewell_after_login(Protocol protocol, codec::Farewell why)
{
    switch (protocol) {
    case Protocol::imap: return codec::imap_farewell(why);
    case Protocol::submission: return codec::smtp_farewell(why);
    case Protocol::sieve: return codec::sieve_farewell(why);
    case Protocol::pop3: break;
    }
    return {};
}

} // namespace gatehouse::edge
