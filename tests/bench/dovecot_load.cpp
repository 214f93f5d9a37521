#include "loads.hpp"
#include "peers.hpp"

#include "wire/dovecot_auth_client.hpp"

#include <unistd.h>

namespace gatehouse::bench
{

namespace
{
struct Client {
    Descriptor socket;
    std::string received;
    std::size_t in_flight = 0;
    bool greeted = false;
};

/// Each login's id is its index and one: unique on whichever connection it goes.
Result<std::vector<Secret>> encode(const DovecotLoad& load, const Progress& progress)
{
    std::vector<Secret> requests;
    for (const Login& login : progress.logins()) {
        Secret plain;
        bool kept = plain.append(std::string_view("\0", 1)) && plain.append(login.name) &&
                    plain.append(std::string_view("\0", 1)) && plain.append(login.password.bytes());
        wire::DovecotAuthBegin begin{.id = static_cast<std::uint32_t>(requests.size() + 1),
                                     .mechanism = "PLAIN",
                                     .service = load.service,
                                     .secured = true,
                                     .nologin = true};
        begin.response = std::move(plain);
        auto request = wire::encode_dovecot_auth(begin);
        if (!kept || !request)
            return over_limit("the secret memory is full");
        requests.push_back(std::move(*request));
    }
    return requests;
}

Result<void> hear_line(std::string_view line, Progress& progress, Client& client)
{
    auto parsed = wire::parse_dovecot_server_line(line);
    if (!parsed)
        return invalid("the server says what is not of the protocol: " + std::string(line));
    if (const auto* part = std::get_if<wire::DovecotGreetingPart>(&*parsed))
        client.greeted = client.greeted || part->name == "DONE";
    const auto* outcome = std::get_if<wire::DovecotOutcome>(&*parsed);
    if (outcome == nullptr)
        return {};
    if (outcome->value("code") == "temp_fail")
        return unavailable("the server cannot decide now: " + std::string(line));
    --client.in_flight;
    return progress.answered(outcome->id - 1, outcome->ok);
}

Result<void> hear(Progress& progress, Client& client)
{
    const auto open = receive_some(client.socket.get(), client.received);
    if (!open)
        return std::unexpected(open.error());
    std::size_t begin = 0;
    for (std::size_t end; (end = client.received.find('\n', begin)) != std::string::npos; begin = end + 1)
        if (auto heard = hear_line(std::string_view(client.received).substr(begin, end - begin), progress, client);
            !heard)
            return heard;
    client.received.erase(0, begin);
    if (!*open)
        return unavailable("the server closed the connection");
    return {};
}

Result<std::vector<Client>> connect_all(const DovecotLoad& load, Progress& progress)
{
    std::vector<Client> clients(load.connections);
    for (Client& client : clients) {
        auto socket = connect_unix(load.socket);
        if (!socket)
            return std::unexpected(std::move(socket.error()));
        if (!socket->is_open())
            return unavailable(load.socket + ": accepts nobody");
        client.socket = std::move(*socket);
        const auto pid =
            static_cast<std::uint32_t>(::getpid()) * 64U + static_cast<std::uint32_t>(&client - clients.data());
        if (auto sent = send_all(client.socket.get(), wire::dovecot_client_handshake(pid)); !sent)
            return std::unexpected(std::move(sent.error()));
        while (!client.greeted) {
            std::vector<pollfd> entry{{client.socket.get(), POLLIN, 0}};
            if (auto ready = wait_for_any(entry, progress); !ready)
                return std::unexpected(std::move(ready.error()));
            if (auto heard = hear(progress, client); !heard)
                return std::unexpected(std::move(heard.error()));
        }
    }
    return clients;
}

/// Fills the connection up to its limit, in one write.
Result<void> ask(const DovecotLoad& load, const std::vector<Secret>& requests, Progress& progress, Client& client,
                 Secret& out)
{
    out.truncate(0);
    for (; client.in_flight < load.in_flight && progress.more(); ++client.in_flight)
        if (!out.append(requests[progress.send_next()].bytes()))
            return over_limit("the secret memory is full");
    return send_all(client.socket.get(), out.view());
}
} // namespace

Result<void> run(const DovecotLoad& load, Progress& progress)
{
    const auto requests = encode(load, progress);
    if (!requests)
        return std::unexpected(requests.error());
    auto clients = connect_all(load, progress);
    if (!clients)
        return std::unexpected(std::move(clients.error()));
    std::vector<pollfd> entries;
    for (const Client& client : *clients)
        entries.push_back({client.socket.get(), POLLIN, 0});
    Secret out;
    progress.start();
    for (Client& client : *clients)
        if (auto sent = ask(load, *requests, progress, client, out); !sent)
            return sent;
    while (!progress.done()) {
        if (auto ready = wait_for_any(entries, progress); !ready)
            return ready;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (entries[i].revents == 0)
                continue;
            if (auto heard = hear(progress, (*clients)[i]); !heard)
                return heard;
            if (auto sent = ask(load, *requests, progress, (*clients)[i], out); !sent)
                return sent;
        }
    }
    return {};
}

} // namespace gatehouse::bench
