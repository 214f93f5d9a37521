#include "edge_own.hpp"

#include "support/eventually.hpp"
#include "support/in_quotes.hpp"
#include "support/mail_clients.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

Place at_edge(std::string_view listener)
{
    return Lab::current().place("edge-" + std::string(listener));
}

OwnEdge::OwnEdge(const std::function<void(std::string& yaml)>& edit)
{
    const Lab& lab = Lab::current();
    if (greets()) // it shares its ports with others of its kind: a test would meet either
        throw std::runtime_error("another mailgate has the ports of this one");
    std::string file = lab.must("mailgate", {"configure", "--edge", "2"}).out;
    file.erase(file.find_last_not_of('\n') + 1);
    std::string yaml = read_file(file);
    edit(yaml);
    write_file(file, yaml);
    process_.emplace(std::vector<std::string>{lab.program("gatehouse-mailgate").string(), "--config", file},
                     lab.folder() / "log/mailgate-own.log");
    const bool serves = eventually(20s, [&] {
        if (!process_->running())
            throw std::runtime_error("gatehouse-mailgate has ended: " + log());
        return greets();
    });
    if (!serves)
        throw std::runtime_error("gatehouse-mailgate does not greet: " + log());
}

bool OwnEdge::greets() const
{
    try {
        return TlsConnection(place("imap")).read_line().starts_with("* OK");
    } catch (const ConnectionLost&) {
        return false;
    }
}

Place OwnEdge::place(std::string_view listener) const
{
    Place place = at_edge(listener);
    place.port = static_cast<std::uint16_t>(place.port + 10); // as tests/lab/mailgate counts
    return place;
}

std::size_t OwnEdge::memory() const
{
    const std::string status = read_file("/proc/" + std::to_string(process_->pid()) + "/status");
    const std::size_t at = status.find("VmRSS:");
    return at == std::string::npos ? 0 : std::stoul(status.substr(at + 6));
}

std::string quoted_place(std::string_view port)
{
    const Place place = Lab::current().place(port);
    return "\"" + place.host + ":" + std::to_string(place.port) + "\"";
}

void replace_section(std::string& yaml, std::string_view section, std::string_view lines)
{
    const std::string head = "\n" + std::string(section) + ":\n";
    const std::size_t begin = yaml.find(head);
    if (begin == std::string::npos)
        throw std::runtime_error("no section " + std::string(section) + " in: " + yaml);
    std::size_t end = begin + head.size();
    while (end < yaml.size() && (yaml[end] == ' ' || yaml[end] == '-'))
        end = yaml.find('\n', end) + 1;
    yaml.replace(begin + head.size(), end - begin - head.size(), lines);
}

std::string login_command(std::string_view person)
{
    const SamplePerson& known = Lab::current().person(person);
    return "a LOGIN " + in_quotes(known.name) + " " + in_quotes(known.password) + "\r\n";
}

std::string imap_login_answer(const Place& imaps, std::string_view person, std::string_view password)
{
    TlsConnection client(imaps);
    client.begin_tls();
    (void)client.read_line();
    client.send("a LOGIN " + in_quotes(person) + " " + in_quotes(password) + "\r\n");
    return client.read_until("a ");
}

std::string imap_login_answer(const Place& imaps, std::string_view person)
{
    return imap_login_answer(imaps, person, Lab::current().person(person).password);
}

std::string pop3_login_answer(const Place& pop3s, std::string_view person, const std::string& from)
{
    const SamplePerson& known = Lab::current().person(person);
    TlsConnection client(pop3s, from);
    client.begin_tls();
    (void)client.read_line();
    (void)client.ask("USER " + known.name);
    return client.ask("PASS " + known.password);
}

std::string submission_login_answer(const Place& submissions, std::string_view person)
{
    const SamplePerson& known = Lab::current().person(person);
    TlsConnection client(submissions);
    client.begin_tls();
    (void)client.read_line();
    client.send("EHLO client.test\r\n");
    (void)client.read_until("250 ");
    return client.ask("AUTH PLAIN " + plain_message(known.name, known.password));
}

TlsConnection imap_session(const Place& imaps, std::string_view person)
{
    TlsConnection client(imaps);
    client.begin_tls();
    REQUIRE(client.read_line().starts_with("* OK"));
    client.send(login_command(person));
    const std::string answer = client.read_until("a ");
    CAPTURE(answer);
    REQUIRE(answer.starts_with("a OK"));
    return client;
}

std::vector<AuditLine> audited_by(const AuditFile& audit, std::string_view listener)
{
    std::vector<AuditLine> lines = audit.settled();
    std::erase_if(lines, [&](const AuditLine& line) { return line["listener"] != listener; });
    return lines;
}

} // namespace gatehouse::integration
