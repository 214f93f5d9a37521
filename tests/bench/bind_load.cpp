#include "loads.hpp"
#include "peers.hpp"

#include <lber.h>
#include <ldap.h>

#include <cerrno>
#include <cstring>
#include <memory>

// liblber encodes and decodes; libldap itself would poll and read several times for each answer, and the limit would be
// the client's. What is sent is what ldap_sasl_bind(LDAP_SASL_SIMPLE) sends.

namespace gatehouse::bench
{

namespace
{
constexpr std::string_view placeholder = "{name}";

using Ber = std::unique_ptr<BerElement, decltype([](BerElement* ber) { ber_free(ber, 1); })>;
using Socket = std::unique_ptr<Sockbuf, decltype([](Sockbuf* socket) { ber_sockbuf_free(socket); })>;

struct Client {
    Descriptor socket;
    Socket buffered; // reads ahead, so that an answer is one system call
    std::size_t index = 0;
    bool waits = false;
};

/// A BindRequest whose message id is the login's index and one.
Result<Secret> encode_bind(std::size_t index, const std::string& dn, const Secret& password)
{
    const Ber ber(ber_alloc_t(LBER_USE_DER));
    berval credential{password.size(), const_cast<char*>(password.view().data())};
    berval flat{};
    Secret request;
    const bool encoded = ber != nullptr &&
                         ber_printf(ber.get(), "{it{istON}N}", static_cast<ber_int_t>(index + 1),
                                    static_cast<ber_tag_t>(LDAP_REQ_BIND), static_cast<ber_int_t>(LDAP_VERSION3),
                                    dn.c_str(), static_cast<ber_tag_t>(LDAP_AUTH_SIMPLE), &credential) != -1 &&
                         ber_flatten2(ber.get(), &flat, 0) == 0 &&
                         request.append(std::string_view(flat.bv_val, flat.bv_len));
    if (!encoded)
        return over_limit("a bind cannot be encoded, or the secret memory is full");
    return request;
}

Result<std::vector<Secret>> encode(const BindLoad& load, const Progress& progress)
{
    const std::size_t at = load.dn.find(placeholder);
    if (at == std::string::npos)
        return invalid(load.dn + ": expected a DN with {name} in it");
    std::vector<Secret> requests;
    for (const Login& login : progress.logins()) {
        const std::string dn = std::string(load.dn).replace(at, placeholder.size(), login.name);
        auto request = encode_bind(requests.size(), dn, login.password);
        if (!request)
            return std::unexpected(std::move(request.error()));
        requests.push_back(std::move(*request));
    }
    return requests;
}

Result<std::vector<Client>> connect_all(const BindLoad& load)
{
    std::vector<Client> clients(load.connections);
    for (Client& client : clients) {
        auto socket = connect_tcp(load.address, load.port);
        if (!socket)
            return std::unexpected(std::move(socket.error()));
        client.socket = std::move(*socket);
        client.buffered.reset(ber_sockbuf_alloc());
        // liblber closes its descriptor at the end, so it gets one of its own.
        int fd = ::dup(client.socket.get());
        if (client.buffered == nullptr || fd < 0 ||
            ber_sockbuf_add_io(client.buffered.get(), &ber_sockbuf_io_tcp, LBER_SBIOD_LEVEL_PROVIDER, &fd) != 0 ||
            ber_sockbuf_add_io(client.buffered.get(), &ber_sockbuf_io_readahead, LBER_SBIOD_LEVEL_PROVIDER, nullptr) !=
                0 ||
            ber_sockbuf_ctrl(client.buffered.get(), LBER_SB_OPT_SET_NONBLOCK, client.buffered.get()) < 0)
            return unavailable("liblber does not take the connection");
    }
    return clients;
}

Result<void> ask(const std::vector<Secret>& requests, Progress& progress, Client& client)
{
    if (!progress.more())
        return {};
    client.index = progress.send_next();
    client.waits = true;
    return send_all(client.socket.get(), requests[client.index].view());
}

Result<void> hear(Progress& progress, Client& client)
{
    const Ber ber(ber_alloc_t(LBER_USE_DER));
    ber_len_t length = 0;
    errno = 0;
    const ber_tag_t message = ber_get_next(client.buffered.get(), &length, ber.get());
    if (message == LBER_DEFAULT && errno == EWOULDBLOCK)
        return unavailable("slapd sends a bind's answer in pieces, which this client does not expect");
    ber_int_t id = 0;
    ber_int_t code = 0;
    if (message == LBER_DEFAULT || ber_scanf(ber.get(), "i{e", &id, &code) == LBER_ERROR)
        return unavailable("slapd closed the connection, or its answer does not parse");
    if (code != LDAP_SUCCESS && code != LDAP_INVALID_CREDENTIALS)
        return unavailable(std::string("slapd answers ") + ldap_err2string(code));
    client.waits = false;
    return progress.answered(static_cast<std::size_t>(id - 1), code == LDAP_SUCCESS);
}
} // namespace

Result<void> run(const BindLoad& load, Progress& progress)
{
    const auto requests = encode(load, progress);
    if (!requests)
        return std::unexpected(requests.error());
    auto clients = connect_all(load);
    if (!clients)
        return std::unexpected(std::move(clients.error()));
    std::vector<pollfd> entries(clients->size(), pollfd{-1, POLLIN, 0}); // poll skips a negative descriptor
    progress.start();
    for (Client& client : *clients)
        if (auto sent = ask(*requests, progress, client); !sent)
            return sent;
    while (!progress.done()) {
        for (std::size_t i = 0; i < entries.size(); ++i)
            entries[i].fd = (*clients)[i].waits ? (*clients)[i].socket.get() : -1;
        if (auto ready = wait_for_any(entries, progress); !ready)
            return ready;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (entries[i].fd < 0 || entries[i].revents == 0)
                continue;
            if (auto heard = hear(progress, (*clients)[i]); !heard)
                return heard;
            if (auto sent = ask(*requests, progress, (*clients)[i]); !sent)
                return sent;
        }
    }
    return {};
}

} // namespace gatehouse::bench
