#include "tickets_lab.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
constexpr auto told_within = 2s; // what authd promises of a change

std::uint32_t next_id()
{
    static std::atomic<std::uint32_t> id{0};
    return ++id;
}

void begin(DovecotClient& door, std::uint32_t id, const std::string& mechanism, const std::string& service,
           std::string_view message, LastMessage last = LastMessage::with_ok)
{
    wire::DovecotAuthBegin begin{.id = id, .mechanism = mechanism, .service = service};
    begin.response = secret(message);
    begin.final_response = last == LastMessage::with_ok;
    door.begin(std::move(begin));
}

/// libkrb5 reads its configuration from the environment of this process.
void use_configuration(const std::string& file)
{
    const char* const now = std::getenv("KRB5_CONFIG");
    if (now == nullptr || file != now) // threads that all want the same must not write it at once
        ::setenv("KRB5_CONFIG", file.c_str(), 1);
}

/// A configuration of libkrb5 that knows no KDC.
const std::string& without_kdcs()
{
    static const std::string file = [] {
        std::string path = (Lab::current().folder() / "tickets/no-kdcs.conf").string();
        std::ofstream(path) << "[libdefaults]\n  dns_lookup_kdc = false\n";
        return path;
    }();
    return file;
}

/// Answers challenges until the end; `answer` makes a message of a challenge.
template <class Answer>
Exchanged exchange(DovecotClient& door, const std::string& mechanism, const std::string& service, std::string first,
                   Answer answer, LastMessage last = LastMessage::with_ok)
{
    const std::uint32_t id = next_id();
    Exchanged exchanged;
    exchanged.sent.push_back(std::move(first));
    begin(door, id, mechanism, service, exchanged.sent.back(), last);
    for (;;) {
        auto line = door.read();
        if (auto* outcome = std::get_if<wire::DovecotOutcome>(&line)) {
            exchanged.outcome = std::move(*outcome);
            return exchanged;
        }
        exchanged.sent.push_back(answer(std::get<wire::DovecotChallenge>(line).challenge));
        door.proceed(id, exchanged.sent.back());
    }
}
} // namespace

void use_configuration_of(const Ticket& ticket)
{
    use_configuration(ticket.environment().at("KRB5_CONFIG"));
}

PersonsTicket::PersonsTicket(const std::string& name) : Ticket(name, Lab::current().person(name).password, "tickets") {}

UnusualTicket::UnusualTicket(const std::string& name, MadeTicket made) : Ticket("tickets")
{
    use_configuration_of(*this);
    const auto tickets = Lab::current().show("tickets");
    const std::string realm = '@' + tickets.at("realm");
    made.client = name + realm;
    made.service = "imap/localhost" + realm;
    make_ticket(made, tickets.at("keytab"), cache());
}

void change_directory(const std::vector<std::string>& words, const std::string& input)
{
    const Lab& lab = Lab::current();
    std::vector<std::string> all{"change"};
    all.insert(all.end(), words.begin(), words.end());
    lab.must(lab.is(DirectoryKind::openldap) ? "slapd" : "samba-ad", all, {.input = input});
    std::this_thread::sleep_for(told_within);
}

Newcomer::Newcomer(std::string name, const std::string& password) : name_(std::move(name))
{
    if (Lab::current().is(DirectoryKind::openldap)) // whose people the KDC does not know by itself
        Lab::current().must("mit-kdc", {"kadmin", "addprinc -pw " + password + ' ' + name_});
    change_directory({"create", name_}, password);
}

Newcomer::~Newcomer()
{
    try {
        change_directory({"delete", name_});
        if (Lab::current().is(DirectoryKind::openldap))
            Lab::current().must("mit-kdc", {"kadmin", "delprinc -force " + name_});
    } catch (const std::exception& failure) {
        std::cerr << failure.what() << '\n';
    }
}

void Newcomer::change(const std::string& action, const std::vector<std::string>& words)
{
    std::vector<std::string> all{action, name_};
    all.insert(all.end(), words.begin(), words.end());
    change_directory(all);
    if (action == "rename")
        name_ = words.front();
}

namespace
{
/// The last message is what `finish` makes of the client.
template <class Finish>
Exchanged gssapi(DovecotClient& door, const std::string& service, const Ticket& ticket, const std::string& target,
                 Finish finish)
{
    use_configuration_of(ticket);
    GssClient client(target, ticket.cache());
    std::string first = client.step({});
    return exchange(door, "GSSAPI", service, std::move(first), [&](const std::string& challenge) {
        if (!client.established())
            return client.step(challenge);
        client.unwrap(challenge);
        return finish(client);
    });
}
} // namespace

Exchanged gssapi_exchange(DovecotClient& door, const std::string& service, const Ticket& ticket,
                          const std::string& authzid, const std::string& target)
{
    return gssapi(door, service, ticket, target, [&](GssClient& client) { return client.wrap(gss_layer(1, authzid)); });
}

Exchanged gssapi_exchange_with_layer(DovecotClient& door, const Ticket& ticket, char layer)
{
    return gssapi(door, "imap", ticket, "imap@localhost",
                  [&](GssClient& client) { return client.wrap(gss_layer(layer)); });
}

Exchanged gssapi_exchange_with_damage(DovecotClient& door, const Ticket& ticket, std::uint32_t random)
{
    return gssapi(door, "imap", ticket, "imap@localhost", [&](GssClient& client) {
        std::string message = client.wrap(gss_layer(1));
        const std::size_t at = random / 16 % message.size();
        if (random % 2 == 0)
            message.resize(at);
        else if (at == 6 || at == 7) // how far the rest is rotated: no signature covers it (RFC 4121 section 4.2.5)
            message[at - 4] = static_cast<char>(message[at - 4] ^ (1 << random / 2 % 8));
        else
            message[at] = static_cast<char>(message[at] ^ (1 << random / 2 % 8));
        return message;
    });
}

Exchanged exchange_of(DovecotClient& door, const std::string& mechanism, const std::vector<std::string>& messages)
{
    std::size_t next = 1;
    return exchange(door, mechanism, "imap", messages.front(),
                    [&](const std::string&) { return next < messages.size() ? messages[next++] : std::string(); });
}

std::string first_message(const std::string& mechanism, const Ticket& ticket)
{
    use_configuration_of(ticket);
    const bool spnego = mechanism == "GSS-SPNEGO";
    GssClient client("imap@localhost", ticket.cache(),
                     {.mechanism = spnego ? GssClient::Mechanism::spnego : GssClient::Mechanism::kerberos});
    return client.step({});
}

Exchanged spnego_exchange(DovecotClient& door, const std::string& service, const Ticket& ticket, LastMessage last)
{
    use_configuration_of(ticket);
    GssClient client("imap@localhost", ticket.cache(), {.mechanism = GssClient::Mechanism::spnego});
    std::string first = client.step({});
    return exchange(
        door, "GSS-SPNEGO", service, std::move(first),
        [&](const std::string& challenge) { return client.step(challenge); }, last);
}

Exchanged ntlm_exchange(DovecotClient& door, const std::string& mechanism, const std::string& login,
                        const std::string& password)
{
    return ntlm_exchange_with_damage(door, mechanism, login, password, [](std::string&) {});
}

Exchanged ntlm_exchange_with_damage(DovecotClient& door, const std::string& mechanism, const std::string& login,
                                    const std::string& password, const std::function<void(std::string&)>& damage)
{
    use_configuration(without_kdcs()); // SPNEGO's client would ask a KDC for a ticket first
    GssClient client("imap@localhost", login, password,
                     mechanism == "NTLM" ? GssClient::Mechanism::ntlm : GssClient::Mechanism::spnego);
    std::string first = client.step({});
    return exchange(door, mechanism, "imap", std::move(first), [&](const std::string& challenge) {
        std::string message = client.step(challenge);
        if (message.contains(std::string_view("NTLMSSP\0\3", 9)))
            damage(message);
        return message;
    });
}

std::optional<wire::DovecotOutcome> one_message(DovecotClient& door, const std::string& mechanism,
                                                std::string_view message)
{
    const std::uint32_t id = next_id();
    begin(door, id, mechanism, "imap", message);
    auto line = door.read();
    if (auto* outcome = std::get_if<wire::DovecotOutcome>(&line))
        return std::move(*outcome);
    door.send(wire::encode_dovecot_cancel(id));
    return {};
}

Ended many_messages(DovecotClient& door, const std::string& mechanism, const std::vector<std::string>& messages)
{
    for (const std::string& message : messages)
        begin(door, next_id(), mechanism, "imap", message);
    Ended ended;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const auto line = door.read();
        if (const auto* outcome = std::get_if<wire::DovecotOutcome>(&line)) {
            ++ended.ended;
            if (outcome->ok)
                ended.granted.emplace(outcome->value("user"));
        } else {
            door.send(wire::encode_dovecot_cancel(std::get<wire::DovecotChallenge>(line).id));
        }
    }
    return ended;
}

} // namespace gatehouse::integration
