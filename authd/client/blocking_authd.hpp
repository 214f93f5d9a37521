#pragma once

#include "base/deadline.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "client/login.hpp"
#include "wire/native.hpp"

#include <boost/json.hpp>

#include <sys/types.h>

#include <string>
#include <string_view>
#include <variant>

namespace gatehouse::client
{

/// Asks authd from a program that has no event loop: plugins, PAM, NSS, authctl. One connection, opened at the first
/// call and kept; one call at a time. No thread of its own, no signals (a lost peer raises no SIGPIPE), no timer. Not
/// thread-safe: one thread at a time; several objects may be used by several threads.
///
/// After a fork the child opens a connection of its own and leaves the parent's alone. What a Secret held before the
/// fork is zero in the child.
///
/// Errors mean what they mean in Authd: an outage, never a refusal. A call is sent once and never repeated.
class BlockingAuthd
{
public:
    explicit BlockingAuthd(std::string socket) : path_(std::move(socket)) {}
    ~BlockingAuthd();
    BlockingAuthd(const BlockingAuthd&) = delete;
    BlockingAuthd& operator=(const BlockingAuthd&) = delete;

    Result<Answer> authenticate(Login login, Deadline deadline);
    /// May somebody whom this program has proved use the service now? For listeners with may_admit; elsewhere denied.
    Result<Answer> admit(Admission admission, Deadline deadline);
    /// Who is meant by a login name, in any of its forms? `realm`: a hint; empty: none. For listeners with may_find.
    Result<wire::NativeFound> find(std::string login, Deadline deadline, std::string realm = {});

    // For administrators (listeners with may_control).
    Result<boost::json::value> status(Deadline deadline);
    Result<boost::json::value> explain(std::string login, Deadline deadline);
    Result<boost::json::value> reload(Deadline deadline);
    Result<boost::json::value> shield(Deadline deadline);
    Result<boost::json::value> shield_clear(std::string login, Deadline deadline);
    /// All open sessions; `login` empty: everybody's. One question for some thousand of them.
    Result<boost::json::array> sessions(const std::string& login, Deadline deadline);
    Result<boost::json::value> kick(std::string login, Deadline deadline);

    /// Was the last error that nobody listens at the socket (no daemon), rather than an outage behind it?
    bool absent() const { return absent_; }

private:
    Result<wire::NativeReply> call(wire::NativeRequest request, Deadline deadline);
    Result<Answer> verdict(wire::NativeRequest request, Deadline deadline);
    Result<boost::json::value> result(wire::NativeRequest request, Deadline deadline);
    Result<boost::json::value> control(wire::NativeControl request, Deadline deadline);
    Result<void> ensure_connected(Deadline deadline);
    Result<void> connect(Deadline deadline);
    Result<void> send(std::string_view bytes, Deadline deadline);
    Result<std::string> read_line(Deadline deadline);
    Result<wire::NativeReply> read_reply(wire::NativeId id, Deadline deadline);
    Result<void> wait(short events, Deadline deadline) const;
    bool stale() const;
    void drop();

    std::string path_;
    int socket_ = -1;
    pid_t owner_ = 0; // the process that opened the socket
    std::string inbox_;
    wire::NativeId next_id_ = 1;
    bool absent_ = false;
};

} // namespace gatehouse::client
