#pragma once

#include "base/deadline.hpp"

#include <lber.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace gatehouse::directory
{

/// The bytes between one socket and libldap, as the lowest layer of libldap's Sockbuf (lber.h; LDAP_PROTO_EXT). Asio
/// moves them to and from the socket, libldap takes them from memory and never waits: no system call of its own, and
/// half a message can stop nothing. Used by one thread at a time.
class LdapPipe
{
public:
    LdapPipe();
    ~LdapPipe();
    LdapPipe(const LdapPipe&) = delete;
    LdapPipe& operator=(const LdapPipe&) = delete;

    /// To be added to a Sockbuf at LBER_SBIOD_LEVEL_PROVIDER with the pipe as its argument; the pipe outlives it.
    static Sockbuf_IO& layer();

    /// Room for received bytes; `filled` says how many came. Empty room: libldap left `input_size` bytes unread.
    std::span<std::uint8_t> room();
    void filled(std::size_t size) { end_ += size; }
    bool has_input() const { return begin_ < end_; }

    /// What libldap wants sent; `sent` forgets and wipes the first bytes of it.
    std::span<const std::uint8_t> output() const { return {output_.data() + sent_, output_.size() - sent_}; }
    void sent(std::size_t size);

    /// From now on reads and writes wait on the socket itself, until `deadline`, on whichever thread libldap runs: for
    /// TLS handshakes on a pool. shutdown() of the socket ends such a wait. `wait_no_more` goes back to memory.
    void wait_on(int socket, Deadline deadline);
    void wait_no_more() { socket_ = -1; }

    /// Nothing more is kept for sending and reads find the end.
    void close();

private:
    struct Layer;

    long read(std::span<std::uint8_t> into);
    long write(std::span<const std::uint8_t> bytes);
    bool wait_for(short events);

    static constexpr std::size_t input_size = 16 * 1024;
    std::vector<std::uint8_t> input_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::vector<std::uint8_t> output_;
    std::size_t sent_ = 0;
    int socket_ = -1;
    Deadline deadline_{};
    bool closed_ = false;
};

} // namespace gatehouse::directory
