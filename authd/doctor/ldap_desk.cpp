#include "doctor/ldap_desk.hpp"

namespace gatehouse::doctor
{

using directory::LdapConnection;

namespace
{
/// Hears of a search nothing but its end.
class Ending final : public directory::LdapListener
{
public:
    explicit Ending(directory::Waiter& waiter) : waiter_(waiter) {}

    const std::optional<Result<directory::LdapResult>>& result() const { return result_; }

private:
    void entry(directory::Entry, std::string_view) override {}
    void intermediate(std::string_view, std::string_view) override {}
    void ended(Result<directory::LdapResult> result) override
    {
        result_ = std::move(result);
        waiter_.wake();
    }

    directory::Waiter& waiter_;
    std::optional<Result<directory::LdapResult>> result_;
};

Awaitable<Result<int>> hear_end(directory::DirectoryThread& thread, LdapConnection& connection,
                                const directory::SearchRequest& request, const directory::LdapControlValue& control,
                                Deadline deadline)
{
    directory::Waiter waiter(thread);
    Ending ending(waiter);
    const auto id = connection.listen(request, control, {}, ending);
    if (!id)
        co_return std::unexpected(id.error());
    co_await waiter.wait(deadline);
    connection.listen_no_more(*id);
    if (!ending.result())
        co_return past_deadline("no answer in time");
    if (!*ending.result())
        co_return std::unexpected(ending.result()->error());
    co_return (*ending.result())->code;
}
} // namespace

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

Result<int> LdapSession::search_under(const directory::SearchRequest& request,
                                      const directory::LdapControlValue& control)
{
    return desk_->wait(hear_end(desk_->thread(), *connection_, request, control, Clock::now() + patience_));
}

} // namespace gatehouse::doctor
