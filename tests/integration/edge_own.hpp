#pragma once

#include "support/lab.hpp"
#include "support/tls_connection.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::integration
{

/// A port of the lab's mail edge: "imap", "imaps", "pop3", ...
Place at_edge(std::string_view listener);

/// A gatehouse-mailgate of a test's own beside the lab's, on the ports of a second one. Killed at the end. Its log is
/// log/mailgate-own.log of the lab. Not thread-safe; the places that it tells are.
class OwnEdge
{
public:
    /// `edit` changes the configuration that tests/lab/mailgate writes. Throws std::runtime_error with the log when it
    /// does not serve.
    explicit OwnEdge(const std::function<void(std::string& yaml)>& edit);

    Place place(std::string_view listener) const;
    std::string log() const { return process_->log(); }
    /// KiB of memory that it has in use.
    std::size_t memory() const;

private:
    bool greets() const;

    std::optional<Child> process_;
};

/// By how many KiB memory may grow: AddressSanitizer keeps what was freed for a while.
constexpr std::size_t allowed_kib(std::size_t kib)
{
#if __has_feature(address_sanitizer)
    return 16 * kib;
#else
    return kib;
#endif
}

/// "host:port" of a port of the lab, in quotes for YAML.
std::string quoted_place(std::string_view port);

/// Puts the lines of `section`, a key of the configuration's first level, in the place of those that are there.
void replace_section(std::string& yaml, std::string_view section, std::string_view lines);

/// Logged in over IMAP and TLS from the first byte. REQUIREs that it is granted.
TlsConnection imap_session(const Place& imaps, std::string_view person);
/// The answer to LOGIN there, over TLS from the first byte.
std::string imap_login_answer(const Place& imaps, std::string_view person, std::string_view password);
/// The same with the person's own password.
std::string imap_login_answer(const Place& imaps, std::string_view person);
/// The answer to PASS.
std::string pop3_login_answer(const Place& pop3s, std::string_view person, const std::string& from = "127.0.0.1");
/// The answer to AUTH PLAIN.
std::string submission_login_answer(const Place& submissions, std::string_view person);
/// LOGIN with the person's password, with tag a.
std::string login_command(std::string_view person);

/// The audit lines that one listener has written since the mark, as they are after a moment.
std::vector<AuditLine> audited_by(const AuditFile& audit, std::string_view listener);

} // namespace gatehouse::integration
