#pragma once

#include "base/async.hpp"
#include "base/result.hpp"
#include "client/authd.hpp"
#include "web/request_head.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::web
{

/// What is sent back. `status` is the HTTP status code; the headers are complete but for those of the connection.
struct Response {
    struct Header {
        std::string name;
        std::string value;
    };
    unsigned status = 500;
    std::vector<Header> headers{};
    std::string body{};
};

struct PageSettings {
    std::string service = "web";
    std::string realm = "Gatehouse";         ///< what browsers show when they ask for the password
    bool trust_real_ip = false;              ///< the client's address is what X-Real-IP says
    std::chrono::milliseconds login{20'000}; ///< for authd to answer; more than its own limit
};

/// The pages of this program: /auth for nginx's auth_request, /healthz. Knows nothing of connections.
class Pages
{
public:
    Pages(client::Authd& authd, PageSettings settings) : authd_(authd), settings_(std::move(settings)) {}

    /// `peer` is the address that is connected; empty for a Unix socket.
    Awaitable<Response> answer(RequestHead head, std::string peer);

private:
    Awaitable<Response> answer_auth(RequestHead head, std::string peer);
    void note_outage(const std::string& why);

    client::Authd& authd_;
    PageSettings settings_;
    Deadline quiet_until_{};
};

/// What /auth says to authd's answer: 200 with the person, 401 for a wrong password, 403 where the password was right
/// but the account or the service refuses, 503 for every outage.
Response response_to(const Result<client::Answer>& answer, std::string_view realm);

/// A 401 that asks for a password (RFC 7617).
Response ask_for_password(std::string_view realm);
Response unavailable_response();
/// A status with a sentence as its body.
Response plain_response(unsigned status, std::string_view text);

/// A name as a header can carry it: everything but letters, digits and -._~@+ is percent-encoded UTF-8 (RFC 3986), so
/// that no name can end the header, and none can look like another or like two of a list.
std::string header_text(std::string_view name);

/// The address, when `text` is exactly one IPv4 or IPv6 address; else empty.
std::string address_or_nothing(std::string_view text);

} // namespace gatehouse::web
