#include "directory/ldap_pipe.hpp"

#include <openssl/crypto.h>

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gatehouse::directory
{

/// The functions that libldap calls; sbiod_pvt is the pipe.
struct LdapPipe::Layer {
    static LdapPipe* pipe(Sockbuf_IO_Desc* layer) { return static_cast<LdapPipe*>(layer->sbiod_pvt); }

    static int setup(Sockbuf_IO_Desc* layer, void* argument)
    {
        layer->sbiod_pvt = argument;
        return 0;
    }
    static int remove(Sockbuf_IO_Desc* layer)
    {
        layer->sbiod_pvt = nullptr;
        return 0;
    }
    static int control(Sockbuf_IO_Desc* layer, int option, void*)
    {
        return option == LBER_SB_OPT_DATA_READY && pipe(layer) != nullptr && pipe(layer)->has_input() ? 1 : 0;
    }
    static ber_slen_t read(Sockbuf_IO_Desc* layer, void* buffer, ber_len_t size)
    {
        return pipe(layer)->read({static_cast<std::uint8_t*>(buffer), size});
    }
    static ber_slen_t write(Sockbuf_IO_Desc* layer, void* buffer, ber_len_t size)
    {
        return pipe(layer)->write({static_cast<const std::uint8_t*>(buffer), size});
    }
    static int close(Sockbuf_IO_Desc*) { return 0; }
};

Sockbuf_IO& LdapPipe::layer()
{
    static Sockbuf_IO functions{Layer::setup, Layer::remove, Layer::control, Layer::read, Layer::write, Layer::close};
    return functions;
}

LdapPipe::LdapPipe() : input_(input_size) {}

LdapPipe::~LdapPipe()
{
    close();
}

std::span<std::uint8_t> LdapPipe::room()
{
    if (begin_ == end_)
        begin_ = end_ = 0;
    return std::span(input_).subspan(end_);
}

void LdapPipe::sent(std::size_t size)
{
    OPENSSL_cleanse(output_.data() + sent_, size); // a bind over a clear-text connection holds a password
    sent_ += size;
    if (sent_ == output_.size()) {
        output_.clear();
        sent_ = 0;
    }
}

void LdapPipe::wait_on(int socket, Deadline deadline)
{
    socket_ = socket;
    deadline_ = deadline;
}

void LdapPipe::close()
{
    closed_ = true;
    sent(output_.size() - sent_);
}

long LdapPipe::read(std::span<std::uint8_t> into)
{
    if (has_input()) {
        const std::size_t size = std::min(into.size(), end_ - begin_);
        std::memcpy(into.data(), input_.data() + begin_, size);
        begin_ += size;
        return static_cast<long>(size);
    }
    if (closed_)
        return 0;
    if (socket_ < 0) {
        errno = EWOULDBLOCK;
        return -1;
    }
    while (wait_for(POLLIN)) {
        const ssize_t n = ::recv(socket_, into.data(), into.size(), MSG_DONTWAIT);
        if (n >= 0 || (errno != EWOULDBLOCK && errno != EINTR))
            return n;
    }
    return -1;
}

long LdapPipe::write(std::span<const std::uint8_t> bytes)
{
    if (closed_)
        return static_cast<long>(bytes.size()); // the farewell of a connection that is gone
    if (socket_ < 0) {
        if (output_.size() + bytes.size() > output_.capacity()) { // grow without leaving a copy behind
            std::vector<std::uint8_t> wider;
            wider.reserve(std::max<std::size_t>(2 * output_.capacity(), output_.size() + bytes.size() + 1024));
            wider.assign(output_.begin(), output_.end());
            OPENSSL_cleanse(output_.data(), output_.size());
            output_.swap(wider);
        }
        output_.insert(output_.end(), bytes.begin(), bytes.end());
        return static_cast<long>(bytes.size());
    }
    while (wait_for(POLLOUT)) {
        const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n >= 0 || (errno != EWOULDBLOCK && errno != EINTR))
            return n;
    }
    return -1;
}

bool LdapPipe::wait_for(short events)
{
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
        pollfd entry{socket_, events, 0};
        const int ready = left > 0 ? ::poll(&entry, 1, static_cast<int>(std::min<long>(left, 60'000))) : 0;
        if (ready > 0)
            return true;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready == 0 && Clock::now() < deadline_)
            continue;
        errno = ready == 0 ? ETIMEDOUT : errno;
        return false;
    }
}

} // namespace gatehouse::directory
