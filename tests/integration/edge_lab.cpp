#include "edge_lab.hpp"

#include "base/text.hpp"
#include "support/mail_clients.hpp"

#include <utility>

namespace gatehouse::integration
{

Place edge_place(std::string_view listener, int edge)
{
    Place place = Lab::current().place("edge-" + std::string(listener));
    place.port = static_cast<std::uint16_t>(place.port + (edge - 1) * 10); // as tests/lab/mailgate does
    return place;
}

std::string edge_ca()
{
    return (Lab::current().folder() / "ca/ca.pem").string();
}

std::vector<AuditLine> audited_at_edge(const AuditFile& audit, std::size_t count)
{
    std::vector<AuditLine> found;
    eventually(std::chrono::seconds(3), [&] {
        found = audit.lines(0);
        std::erase_if(found, [](const AuditLine& line) { return line["listener"] != "edge"; });
        return found.size() >= count;
    });
    return found;
}

void place_at(const TestPerson& person, const std::string& store)
{
    if (Lab::current().is(DirectoryKind::openldap)) {
        change_directory({"set", person.name(), "objectClass", "inetOrgPerson", "inetLocalMailRecipient"});
        change_directory({"set", person.name(), "mailHost", store});
    } else {
        change_directory({"set", person.name(), "physicalDeliveryOfficeName", store}); // see tests/lab/authd
    }
}

std::string message_with(std::string_view subject)
{
    return "From: sender@campus.example\r\nTo: reader@campus.example\r\nSubject: " + std::string(subject) +
           "\r\n\r\nA line.\r\n";
}

ImapSession::ImapSession(const Place& place, const std::string& certificate) : connection_(place)
{
    connection_.begin_tls({.ca = edge_ca(), .certificate = certificate});
    if (const std::string greeting = connection_.read_line(); !greeting.starts_with("* OK"))
        throw ConnectionLost("no greeting but: " + greeting);
}

ImapSession::Answer ImapSession::read_answer(std::string_view tag,
                                             const std::function<std::string(const std::string&)>& on_continuation)
{
    Answer answer;
    for (;;) {
        const std::string line = connection_.read_line();
        if (line.starts_with(tag)) {
            answer.status = line.substr(tag.size());
            return answer;
        }
        if (on_continuation && line.starts_with("+ "))
            connection_.send(on_continuation(line.substr(2)) + "\r\n");
        else
            answer.untagged += line + "\r\n";
    }
}

ImapSession::Answer ImapSession::ask(std::string_view command)
{
    const std::string tag = "t" + std::to_string(++tags_) + " ";
    connection_.send(tag + std::string(command) + "\r\n");
    return read_answer(tag);
}

ImapSession::Answer ImapSession::exchange(std::string_view mechanism,
                                          const std::function<std::string(const std::string&)>& answer)
{
    const std::string tag = "t" + std::to_string(++tags_) + " ";
    connection_.send(tag + "AUTHENTICATE " + std::string(mechanism) + " " + base64(answer("")) + "\r\n");
    return read_answer(tag, [&](const std::string& challenge) {
        const auto decoded = text::decode_base64(challenge);
        return base64(answer(std::string(decoded.value().view())));
    });
}

ImapSession::Answer ImapSession::log_in(std::string_view login, std::string_view password)
{
    return ask("AUTHENTICATE PLAIN " + plain_message(login, password));
}

ImapSession::Answer ImapSession::append(std::string_view mailbox, std::string_view message)
{
    return ask("APPEND " + std::string(mailbox) + " {" + std::to_string(message.size()) + "+}\r\n" +
               std::string(message));
}

void ImapSession::idle()
{
    connection_.send("idle IDLE\r\n");
    if (const std::string line = connection_.read_line(); !line.starts_with("+"))
        throw ConnectionLost("no IDLE but: " + line);
}

ImapSession::End ImapSession::read_to_end()
{
    std::string said = connection_.read_until_closed();
    const auto at = std::chrono::system_clock::now();
    if (!connection_.closed_in_order())
        throw ConnectionLost("the server is gone without a word; it said last: " + said);
    return {std::move(said), at};
}

} // namespace gatehouse::integration
