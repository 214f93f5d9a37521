#include "web/pages.hpp"

#include "base/log.hpp"

#include <boost/asio/ip/address.hpp>

#include <utility>

namespace gatehouse::web
{

using client::Answer;

namespace
{

constexpr std::string_view retry_after = "5"; // seconds: authd notices a directory that came back sooner than that
constexpr std::chrono::seconds between_warnings{10};

std::string quoted(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + '"';
}

Response granted(const Person& person)
{
    Response response{.status = 200};
    response.headers = {{"X-Gatehouse-User", header_text(person.name)},
                        {"X-Gatehouse-Realm", header_text(person.realm)},
                        {"X-Gatehouse-Mailbox", header_text(person.mailbox)}};
    if (person.known < Detail::groups)
        return response; // no header is not the same as no groups
    std::string groups;
    for (const Membership& membership : person.groups)
        groups += (groups.empty() ? "" : ",") + header_text(membership.group);
    response.headers.push_back({"X-Gatehouse-Groups", std::move(groups)});
    return response;
}

} // namespace

std::string header_text(std::string_view name)
{
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    for (const char c : name) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           std::string_view("-._~@+").contains(c);
        const auto byte = static_cast<std::uint8_t>(c);
        if (plain)
            out += c;
        else
            out.append({'%', hex[byte >> 4], hex[byte & 15]});
    }
    return out;
}

std::string address_or_nothing(std::string_view text)
{
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(std::string(text), error);
    return error ? std::string{} : address.to_string();
}

Response plain_response(unsigned status, std::string_view text)
{
    Response response{.status = status};
    response.headers.push_back({"Content-Type", "text/plain; charset=utf-8"});
    response.body = std::string(text) + '\n';
    return response;
}

Response ask_for_password(std::string_view realm)
{
    Response response = plain_response(401, "a login is needed");
    response.headers.push_back({"WWW-Authenticate", "Basic realm=" + quoted(realm) + ", charset=\"UTF-8\""});
    return response;
}

Response unavailable_response()
{
    Response response = plain_response(503, public_text(Reason::directory_unavailable));
    response.headers.push_back({"Retry-After", std::string(retry_after)});
    return response;
}

Response response_to(const Result<Answer>& answer, std::string_view realm)
{
    if (!answer)
        return unavailable_response();
    switch (answer->outcome) {
    case Answer::Outcome::granted:
        return answer->person ? granted(*answer->person) : unavailable_response(); // whom would it log in?
    case Answer::Outcome::denied:
        return answer->password_right ? plain_response(403, answer->text) : ask_for_password(realm);
    case Answer::Outcome::unavailable: break;
    }
    return unavailable_response();
}

Awaitable<Response> Pages::answer(RequestHead head, std::string peer)
{
    if (head.path != "/auth" && head.path != "/healthz")
        co_return plain_response(404, "there is nothing here");
    if (!head.is_get) {
        Response response = plain_response(405, "only GET and HEAD are served");
        response.headers.push_back({"Allow", "GET, HEAD"});
        co_return response;
    }
    if (head.path == "/healthz")
        co_return plain_response(200, "ok");
    co_return co_await answer_auth(std::move(head), std::move(peer));
}

Awaitable<Response> Pages::answer_auth(RequestHead head, std::string peer)
{
    if (head.shown == RequestHead::Shown::no_memory)
        co_return unavailable_response();
    if (head.shown != RequestHead::Shown::password)
        co_return ask_for_password(settings_.realm);
    const auto answer = co_await authd_.authenticate(
        {.service = settings_.service,
         .login = std::move(head.basic->login),
         .password = std::move(head.basic->password),
         .address = settings_.trust_real_ip ? address_or_nothing(head.real_ip) : std::move(peer)},
        Clock::now() + settings_.login);
    if (!answer)
        note_outage(answer.error().text);
    co_return response_to(answer, settings_.realm);
}

void Pages::note_outage(const std::string& why)
{
    if (Clock::now() < quiet_until_)
        return;
    log::warn("a login could not be decided: {}", why);
    quiet_until_ = Clock::now() + between_warnings;
}

} // namespace gatehouse::web
