#include "doctor/ldap_desk.hpp"

namespace gatehouse::doctor
{

using directory::LdapConnection;

LdapDesk::~LdapDesk()
{
    thread_.stop([this] {
        for (const auto& connection : connections_)
            connection->close("the examination is over");
    });
}

Result<LdapSession> LdapDesk::open(const directory::ServerAddress& server, const directory::TlsSettings& tls,
                                   const directory::Timing& timing)
{
    const auto connection = std::make_shared<LdapConnection>(thread_, network_);
    connections_.push_back(connection);
    if (auto opened = wait(connection->open(server, tls, Clock::now() + timing.connect)); !opened)
        return std::unexpected(std::move(opened.error()));
    return LdapSession(*this, connection, timing.answer);
}

Result<directory::SearchAnswer> LdapSession::search(const directory::SearchRequest& request)
{
    return desk_->wait(connection_->search(request, Clock::now() + patience_));
}

Result<directory::BindResponse> LdapSession::bind(const std::string& dn, const Secret& password)
{
    return desk_->wait(connection_->bind(dn, password.view(), true, Clock::now() + patience_));
}

} // namespace gatehouse::doctor
