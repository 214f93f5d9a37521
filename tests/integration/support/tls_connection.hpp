#pragma once

#include "support/connection.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::integration
{

/// How a client begins TLS.
struct TlsWish {
    int lowest = 0; ///< version; 0: OpenSSL's own choice
    int highest = 0;
    std::string
        ca{}; ///< file: who must have issued the server's certificate, which must be for localhost; empty: anybody
    std::string certificate{}; ///< file: the client's (.pem), whose key is beside it (.key); empty: none is shown
};

/// A client that speaks line by line and may begin TLS at any time; how its bytes are cut into TLS records and TCP
/// segments is the test's choice. Every wait ends after 30 s. Errors are
/// ConnectionLost. Moved, not copied; used by one thread at a time.
class TlsConnection
{
public:
    /// `from`: the address of ours that it comes from.
    explicit TlsConnection(const Place& place, const std::string& from = "127.0.0.1");
    ~TlsConnection();
    TlsConnection(TlsConnection&&) noexcept;
    TlsConnection& operator=(TlsConnection&&) = delete;

    void begin_tls(const TlsWish& wish = {});
    /// As one record and one segment, as far as they carry.
    void send(std::string_view bytes);
    /// One byte a record and a segment.
    void send_bytewise(std::string_view bytes);
    /// The next line, without LF or CR LF.
    std::string read_line();
    /// Sends a line (CR LF is added) and reads one.
    std::string ask(std::string_view line);
    /// Reads lines up to one that begins with `word`, and returns that one.
    std::string read_until(std::string_view word);
    /// Everything up to the server's close, which a reset also is.
    std::string read_until_closed();
    /// The server has ended TLS before it closed.
    bool closed_in_order() const;
    /// What this connection alone has: the channel binding tls-exporter (RFC 9266).
    std::string exported_key() const;
    /// Ends our direction, TLS's too; the server's stays open.
    void finish_sending();
    /// True: the server agreed on new keys on our wish (TLS 1.2).
    bool renegotiates();

private:
    struct Ends;

    bool receive(); // false: closed

    std::unique_ptr<Ends> ends_;
    std::string buffer_;
};

} // namespace gatehouse::integration
