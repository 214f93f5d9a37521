#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gatehouse::integration
{

/// A server's address: a TCP port, or a Unix socket when `path` is set.
struct Place {
    std::string host{};
    std::uint16_t port = 0;
    std::filesystem::path path{};
};

/// The connection could not be made, was closed by the server, or the server said nothing in time.
struct ConnectionLost : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// One client connection that waits for each thing it asks for. Every wait ends after `patience`, longer than any
/// deadline of authd. Errors are ConnectionLost. Moved, not copied; used by one thread at a time.
class Connection
{
public:
    explicit Connection(const Place& place, std::chrono::milliseconds patience = std::chrono::seconds(30));
    ~Connection();
    Connection(Connection&& other) noexcept;
    Connection& operator=(Connection&&) = delete;

    void send(std::string_view bytes);
    /// Byte by byte, with a pause after each.
    void send_slowly(std::string_view bytes, std::chrono::microseconds pause);
    /// The next line, without LF or CR LF.
    std::string read_line();
    /// Sends a line (CR LF is added) and reads one.
    std::string ask(std::string_view line);
    /// Everything up to the server's close, which a reset also is.
    std::string read_until_closed();
    /// Ends our direction; the server's stays open.
    void finish_sending();
    /// The server closes within `time`, whatever it says before.
    bool closes_within(std::chrono::milliseconds time);
    void set_patience(std::chrono::milliseconds patience) { patience_ = patience; }

private:
    bool receive(std::chrono::steady_clock::time_point end); // false: closed

    int fd_ = -1;
    std::chrono::milliseconds patience_;
    std::string buffer_;
};

} // namespace gatehouse::integration
