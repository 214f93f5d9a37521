#pragma once

#include "support/changes.hpp"
#include "support/connection.hpp"
#include "support/eventually.hpp"
#include "support/lab.hpp"
#include "support/tls_connection.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::integration
{

/// A port of the lab's mail edge: "imap", "imaps", "pop3", .... `edge` 2: of the second one.
Place edge_place(std::string_view listener, int edge = 1);
/// The lab's authority, which has issued the edge's certificate for localhost and mail.campus.example.
std::string edge_ca();
/// What authd has audited of logins at the edge, not of those at the stores behind it.
std::vector<AuditLine> audited_at_edge(const AuditFile& audit, std::size_t count = 1);
/// The directory names this store for the person.
void place_at(const TestPerson& person, const std::string& store);

/// A second edge before the same stores, for as long as this lives.
class SecondEdge
{
public:
    SecondEdge() { Lab::current().must("mailgate", {"up", "--edge", "2"}); }
    ~SecondEdge() { Lab::current().script("mailgate", {"down", "--edge", "2"}); }
    SecondEdge(const SecondEdge&) = delete;
    SecondEdge& operator=(const SecondEdge&) = delete;
};

/// An IMAP client over TLS from the first byte, whose server must be localhost. Each wait lasts 30 s at most. Errors
/// are ConnectionLost. Used by one thread at a time.
class ImapSession
{
public:
    struct Answer {
        std::string untagged; ///< what came before, each line with CR LF
        std::string status;   ///< the tagged line without its tag: "OK ...", "NO ...", "BAD ..."

        bool ok() const { return status.starts_with("OK"); }
    };
    struct End {
        std::string said; ///< before the connection was over
        std::chrono::system_clock::time_point at;
    };

    /// `certificate`: the file of the client's (.pem), whose key is beside it (.key); empty: none is shown.
    explicit ImapSession(const Place& place = edge_place("imaps"), const std::string& certificate = {});

    Answer ask(std::string_view command);
    /// AUTHENTICATE PLAIN.
    Answer log_in(std::string_view login, std::string_view password);
    /// A SASL exchange. `answer` makes a message of each challenge; the first call, with an empty one, the initial
    /// response.
    Answer exchange(std::string_view mechanism, const std::function<std::string(const std::string& challenge)>& answer);
    /// What this connection alone has: the channel binding tls-exporter (RFC 9266).
    std::string exported_key() const { return connection_.exported_key(); }
    Answer append(std::string_view mailbox, std::string_view message);
    /// Begins IDLE (RFC 2177).
    void idle();
    /// Waits for the server to end the connection.
    End read_to_end();

private:
    /// The tagged line; a continuation is answered by `on_continuation`, which gets what follows "+ ".
    Answer read_answer(std::string_view tag,
                       const std::function<std::string(const std::string&)>& on_continuation = {});

    TlsConnection connection_;
    int tags_ = 0;
};

/// A message with this subject, as APPEND takes it.
std::string message_with(std::string_view subject);

} // namespace gatehouse::integration
