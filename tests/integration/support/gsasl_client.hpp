#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace gatehouse::integration
{

/// GNU SASL's client of one mechanism, without a server: its messages are handed over one by one. Killed at the end.
/// Errors are std::runtime_error, std::system_error. Not thread-safe.
class GsaslClient
{
public:
    /// `words`: further options of `gsasl --client`. What it asks first (channel bindings) is answered by `answers`.
    GsaslClient(const std::vector<std::string>& words, const std::vector<std::string>& answers);
    ~GsaslClient();
    GsaslClient(const GsaslClient&) = delete;
    GsaslClient& operator=(const GsaslClient&) = delete;

    /// Its next message, decoded.
    std::string read();
    /// The server's message.
    void write(const std::string& message);

private:
    void write_line(const std::string& line) const;

    pid_t pid_ = -1;
    int socket_ = -1; // its standard input and output
};

} // namespace gatehouse::integration
