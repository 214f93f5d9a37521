#include "shadow/asking.hpp"

#include <boost/asio/detached.hpp>

#include <utility>

namespace gatehouse::shadow
{

namespace asio = boost::asio;

namespace
{

/// As the saslauthd door reads it: libsasl2 cuts what was typed at its last '@' into login and realm.
std::string whole_name(const wire::SaslauthdRequest& request)
{
    return request.realm.empty() ? request.login : request.login + '@' + request.realm;
}

} // namespace

Asking::Asking(asio::io_context& io, client::Authd& authd, TriedPasswords tried, AskingLimits limits, Found found)
    : io_(io), authd_(authd), tried_(std::move(tried)), limits_(limits), found_(std::move(found))
{
}

bool Asking::take(Question question)
{
    if (waiting_.size() >= limits_.waiting)
        return false;
    if (question.old == Old::no)
        question.request.password.wipe(); // it will not be shown to anybody
    waiting_.push_back(std::move(question));
    if (under_way_ < limits_.at_once) {
        ++under_way_;
        asio::co_spawn(io_, run(), asio::detached);
    }
    return true;
}

Awaitable<void> Asking::run()
{
    const auto self = shared_from_this();
    while (!waiting_.empty()) {
        Question question = std::move(waiting_.front());
        waiting_.pop_front();
        const Finding finding = co_await ask(question);
        found_(question, finding);
    }
    --under_way_;
}

Awaitable<Finding> Asking::ask(Question& question)
{
    const Deadline deadline = Clock::now() + limits_.answer;
    const std::string name = whole_name(question.request);
    const auto explained = co_await authd_.explain(name, deadline);
    const Standing standing = standing_of(explained, question.request.service);
    if (auto finding = without_password(question.old, standing))
        co_return std::move(*finding);

    const auto mark = tried_.mark_of(standing.realm, standing.id, question.request.password);
    if (!mark)
        co_return Finding{.ours = "unavailable", .reason = "the secret memory of this program is full"};
    if (!tried_.begin(*mark)) // before the try, so that two at once are not two tries
        co_return Finding{.outcome = Outcome::not_repeated};
    client::Login login{.service = question.request.service,
                        .login = name,
                        .password = std::move(question.request.password),
                        .address = question.request.client_address};
    const auto answer = co_await authd_.authenticate(std::move(login), deadline);
    if (may_repeat(answer))
        tried_.forget(*mark);
    co_return with_password(answer);
}

} // namespace gatehouse::shadow
