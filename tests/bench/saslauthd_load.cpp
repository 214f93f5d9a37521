#include "loads.hpp"
#include "peers.hpp"

#include "wire/saslauthd.hpp"

namespace gatehouse::bench
{

namespace
{
/// One request on a connection of its own.
struct Asked {
    Descriptor socket;
    std::size_t index = 0;
    std::string received;
};

Result<std::vector<Secret>> encode(const SaslauthdLoad& load, const Progress& progress)
{
    std::vector<Secret> requests;
    for (const Login& login : progress.logins()) {
        auto request = wire::encode_saslauthd_request(login.name, login.password, load.service, "");
        if (!request)
            return over_limit("the request for " + login.name + " is " + std::string(name_of(request.error())));
        requests.push_back(std::move(*request));
    }
    return requests;
}

/// Sends one more request. False: the server accepts nobody now; an answer will make room.
Result<bool> ask(const SaslauthdLoad& load, const std::vector<Secret>& requests, Progress& progress, Asked& asked)
{
    auto socket = connect_unix(load.socket);
    if (!socket)
        return std::unexpected(std::move(socket.error()));
    if (!socket->is_open())
        return false;
    asked.socket = std::move(*socket);
    asked.index = progress.send_next();
    asked.received.clear();
    if (auto sent = send_all(asked.socket.get(), requests[asked.index].view()); !sent)
        return std::unexpected(std::move(sent.error()));
    return true;
}

Result<void> fill(const SaslauthdLoad& load, const std::vector<Secret>& requests, Progress& progress,
                  std::vector<Asked>& slots)
{
    for (Asked& slot : slots) {
        if (slot.socket.is_open())
            continue;
        if (!progress.more())
            break;
        const auto sent = ask(load, requests, progress, slot);
        if (!sent)
            return std::unexpected(sent.error());
        if (!*sent)
            break;
    }
    return {};
}

/// Reads what is there; the connection is closed when the answer is whole, as libsasl2 does.
Result<void> hear(Progress& progress, Asked& asked)
{
    const auto open = receive_some(asked.socket.get(), asked.received);
    if (!open)
        return std::unexpected(open.error());
    const auto answer = wire::parse_saslauthd_answer(asked.received);
    if (!answer && *open)
        return {}; // the rest is on its way
    const std::string& name = progress.logins()[asked.index].name;
    if (!answer)
        return unavailable("the server closed without a whole answer for " + name);
    asked.socket.close();
    return progress.answered(asked.index, answer->ok);
}
} // namespace

Result<void> run(const SaslauthdLoad& load, Progress& progress)
{
    const auto requests = encode(load, progress);
    if (!requests)
        return std::unexpected(requests.error());
    std::vector<Asked> slots(load.at_once);
    std::vector<pollfd> entries(load.at_once, pollfd{-1, POLLIN, 0}); // poll skips a negative descriptor
    progress.start();
    while (!progress.done()) {
        if (auto filled = fill(load, *requests, progress, slots); !filled)
            return filled;
        for (std::size_t i = 0; i < slots.size(); ++i)
            entries[i].fd = slots[i].socket.get();
        if (auto ready = wait_for_any(entries, progress); !ready)
            return ready;
        for (std::size_t i = 0; i < slots.size(); ++i)
            if (entries[i].fd >= 0 && entries[i].revents != 0)
                if (auto heard = hear(progress, slots[i]); !heard)
                    return heard;
    }
    return {};
}

} // namespace gatehouse::bench
