#include "support/dovecot_client.hpp"

#include "support/lab.hpp"

#include <atomic>

namespace gatehouse::integration
{

namespace
{
/// A client's own number, which its connections and those of other clients must not share.
std::uint32_t new_pid()
{
    static std::atomic<std::uint32_t> next{4711};
    return next++;
}

template <class Line>
Line expect(wire::DovecotServerLine line, const std::string& what)
{
    if (auto* const wanted = std::get_if<Line>(&line))
        return std::move(*wanted);
    throw ConnectionLost("the server said something else than " + what);
}
} // namespace

std::string plain_bytes(std::string_view login, std::string_view password)
{
    std::string message(1, '\0');
    return message.append(login).append(1, '\0').append(password);
}

DovecotClient::DovecotClient(const Place& door, std::uint32_t minor) : connection_(door), pid_(new_pid())
{
    connection_.send(wire::dovecot_client_handshake(pid_, minor));
    expect<wire::DovecotVersion>(read(), "VERSION");
    for (;;) {
        const auto part = expect<wire::DovecotGreetingPart>(read(), "its greeting");
        if (part.name == "DONE")
            return;
        if (part.name == "COOKIE")
            cookie_ = part.values.at(0);
        if (part.name == "MECH")
            mechanisms_.push_back(part.values.at(0));
    }
}

void DovecotClient::begin(std::uint32_t id, std::string_view login, std::string_view password)
{
    wire::DovecotAuthBegin begin{.id = id};
    begin.response = secret(plain_bytes(login, password));
    this->begin(std::move(begin));
}

void DovecotClient::begin(wire::DovecotAuthBegin begin)
{
    if (begin.service.empty())
        begin.service = "imap";
    if (begin.mechanism.empty())
        begin.mechanism = "PLAIN";
    connection_.send(wire::encode_dovecot_auth(begin).value().view());
}

void DovecotClient::proceed(std::uint32_t id, std::string_view response)
{
    connection_.send(wire::encode_dovecot_continue(id, secret(response)).value().view());
}

wire::DovecotServerLine DovecotClient::read()
{
    const std::string text = connection_.read_line();
    auto line = wire::parse_dovecot_server_line(text);
    if (!line)
        throw ConnectionLost("a line that is not of the protocol: " + text);
    return std::move(*line);
}

wire::DovecotOutcome DovecotClient::outcome()
{
    return expect<wire::DovecotOutcome>(read(), "OK or FAIL");
}

wire::DovecotChallenge DovecotClient::challenge()
{
    return expect<wire::DovecotChallenge>(read(), "CONT");
}

} // namespace gatehouse::integration
