#pragma once

#include "wire/wire_error.hpp"

#include "base/result.hpp"
#include "base/secret.hpp"
#include "identity/channel.hpp"
#include "identity/directory.hpp"
#include "identity/person.hpp"
#include "identity/verdict.hpp"

#include <boost/json.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The native door's protocol, both sides, without I/O: one JSON object a line (LF), many requests at once on one
/// connection, told apart by `id`. Ours alone; authd/client/README.md describes it for people.
///
///     authd    {"gatehouse":1,"server":"gatehouse-authd/0.1.0"}                      once, first
///     client   {"id":7,"op":"authenticate","service":"imap","login":"alice","password":"..."}
///     authd    {"id":7,"verdict":"granted","person":{...}}
///
/// A request has one reply, except `cancel`, which has none, and `session`, which has none before the session must end.
/// An id may be used again once its reply was sent; an exchange keeps its id until its verdict. Members that the reader
/// does not know are ignored. A line that is no request is answered with `"id":null`, and the connection ends.
namespace gatehouse::wire
{

inline constexpr int native_version = 1;
/// Bytes of a line without its LF, in both directions.
inline constexpr std::size_t max_native_line = 256 * 1024 - 1;
/// Bytes of a name in a request (service, realm, client address, mechanism); a login name may fill the line, since
/// refusing it is the gate's.
inline constexpr std::size_t max_native_name = 1024;

/// Types of channel bindings, bytes of one, and addresses of a certificate that a request may tell.
inline constexpr std::array<std::string_view, 2> native_bindings{"tls-exporter", "tls-server-end-point"};
inline constexpr std::size_t max_native_binding = 128;
inline constexpr std::size_t max_native_mails = 16;

using NativeId = std::uint64_t;

// ---- requests

/// Is this the person's password? Login and password may be any bytes: what is not UTF-8 or has control characters
/// travels as "login64" and "password64" in base64, since JSON cannot carry the one and swells the other.
struct NativeAuthenticate {
    NativeId id = 0;
    std::string service{};
    std::string login{};
    Secret password{};
    std::string realm{};  ///< the caller's hint; empty: none
    std::string client{}; ///< the address that the login comes from, as the caller tells; empty: not told
    bool trace = false;   ///< collect the steps of the way
};

/// Begins a SASL exchange (RFC 4422); `id` names it until its verdict.
struct NativeExchange {
    NativeId id = 0;
    std::string service{};
    std::string mechanism{};
    std::optional<Secret> initial{}; ///< nothing: no initial response; empty: an empty one
    std::string realm{};
    std::string client{};
    /// Bindings of the types of `native_bindings` alone; a certificate only from listeners with `may_external`, for
    /// EXTERNAL.
    Channel channel{};
    bool trace = false;
};

/// The answer to a challenge of exchange `id`.
struct NativeStep {
    NativeId id = 0;
    Secret response{};
};

/// Forgets exchange or request `id`. Has no reply, also when the id is unknown: the verdict may have crossed it.
struct NativeCancel {
    NativeId id = 0;
};

/// Who is meant by a login name? Answered with a result: {"person": {...}} in full, or {"person": null}. For listeners
/// with `may_find`, as is `watch`.
struct NativeFind {
    NativeId id = 0;
    std::string login{};
    std::string realm{}; ///< the caller's hint; empty: none
};

/// Everybody of a realm, then every change, as results of the same id until `cancel`: see NativeNews.
struct NativeWatch {
    NativeId id = 0;
    std::string realm{};
};

/// Somebody whom the caller has proved by a mechanism of its own: may they use the service now? Answered with a
/// verdict. For listeners with `may_admit`.
struct NativeAdmit {
    NativeId id = 0;
    std::string service{};
    std::string mechanism{}; ///< by which they were proved
    std::string login{};
    std::string realm{};
    std::string client{};
};

/// Adds to a counter of the store whose steps are forgotten after `window_s`; 0: only asks. Answered with {"count": N}.
/// For listeners with `may_store`, as is `keep`.
struct NativeCount {
    NativeId id = 0;
    std::string key{};
    std::uint32_t window_s = 60;
    std::uint32_t n = 0;
};

/// Keeps bytes under a key of the store (empty: forgets them), or asks for them (nothing). Answered with
/// {"bytes": "<base64>"} or {"bytes": null}: what is kept then.
struct NativeKeep {
    NativeId id = 0;
    std::string key{};
    std::optional<Secret> bytes{};
};

/// A store secret for somebody whom this connection was granted: `grant` is what the verdict told. Answered with
/// {"secret": "ghs1...."}, which logs them in once, within 30 s, at this store's service under their mailbox name.
/// For listeners with `may_open_stores`.
struct NativeMint {
    NativeId id = 0;
    std::string grant{};
    std::string service{};
    std::string store{}; ///< its name, as its own listener pins it
};

/// A session that the caller keeps open for somebody who has logged in. Has no reply while the person may go on; its
/// one reply, {"end": ..., "text": ...} (NativeEnd), says that it must end now, and authd has forgotten it then.
/// `cancel` ends it from the caller's side. For listeners with `may_hold_sessions`.
struct NativeHold {
    NativeId id = 0;
    std::string realm{};
    std::string person{};    ///< Person::id; empty where the realm's directory gives none
    std::string name{};      ///< Person::name, for administrators
    std::string service{};   ///< to be admitted to for as long as it is open
    std::string client{};    ///< the person's address, for administrators
    std::string store{};     ///< what serves them behind the caller, for administrators
    std::uint64_t since = 0; ///< when it began, in seconds since 1970
};

/// For listeners with `may_control` only.
struct NativeControl {
    enum class Operation : std::uint8_t {
        status,
        explain,
        reload,
        shield,       ///< who is tried with wrong passwords, from where
        shield_clear, ///< forgets that of one person, and which of their passwords are known to be wrong
        sessions,     ///< who has sessions open; `login` empty: everybody
        kick,         ///< ends all sessions of one person
    };

    NativeId id = 0;
    Operation operation = Operation::status;
    std::string login{};     ///< explain, shield_clear, sessions, kick
    std::uint64_t after = 0; ///< sessions: go on behind this one, which was told as "next"
};

using NativeRequest =
    std::variant<NativeAuthenticate, NativeExchange, NativeStep, NativeCancel, NativeFind, NativeWatch, NativeAdmit,
                 NativeCount, NativeKeep, NativeMint, NativeHold, NativeControl>;

/// Why a line is no request.
struct NativeFault {
    std::optional<NativeId> id; ///< set: answer with it and go on. Empty: answer with null and close
    WireError error = WireError::malformed;
    std::string text; ///< one sentence for the peer's author; never holds what the peer sent
};

/// Reads one line (without LF), which is wiped. Error: `malformed` with the id where the object could be read (unknown
/// op, a member of the wrong type, no service, a control character in a name, bad base64); `out_of_memory` when the
/// secret memory is full, with the id where it was read in time: that login is Unavailable ("overloaded").
Result<NativeRequest, NativeFault> parse_native_request(Secret line);

/// The line for a request, with its LF. Errors: `malformed` for a name that is not UTF-8, `too_long`, `out_of_memory`.
Result<Secret, WireError> format_native_request(const NativeRequest& request);

// ---- what authd sends; each with its LF

/// How much of a verdict a listener tells: only `may_control` listeners learn more than a person may be told.
enum class NativeDetail : std::uint8_t {
    people,        ///< text; the person and the time when granted
    administrator, ///< and reason, detail, server, steps
};

std::string format_native_greeting();
std::string format_native_challenge(NativeId id, std::string_view challenge);
/// `last`: what the client of an exchange must still be sent when it is granted; empty: nothing. `grant`: what `mint`
/// asks with, when it is granted; empty: nothing.
std::string format_native_verdict(NativeId id, const Verdict& verdict, const Trail& trail, NativeDetail detail,
                                  std::string_view last = {}, std::string_view grant = {});
std::string format_native_result(NativeId id, const boost::json::value& result);
/// `id` empty: the line could not be read, and the connection ends.
std::string format_native_error(std::optional<NativeId> id, std::string_view text);

/// What a granted login tells of a person: realm, name, mailbox, id, upn, display_name, addresses; mail_host where
/// the directory says it, and the names of the groups where those are known.
boost::json::object native_person(const Person& person);
/// Everything known of a person, for `explain`: also dn, state, posix, and how each group was inherited ("via"). Times
/// are seconds since 1970, or absent; logon hours are 42 hexadecimal digits in Active Directory's layout.
boost::json::object native_person_in_full(const Person& person);

// ---- what a client reads

struct NativeGreeting {
    int version = 0;
    std::string server;
};

struct NativeChallenge {
    std::string challenge; ///< decoded
};

/// A verdict as it was told. A member that was not told is empty.
struct NativeVerdict {
    enum class Outcome : std::uint8_t { granted, denied, unavailable };

    Outcome outcome = Outcome::unavailable;
    bool password_right = false;  ///< denied, though the password was right (the account or the service refuses)
    std::string text;             ///< for people
    std::string told;             ///< what the text says, as one word of name_of(Reason); empty where it says nothing
    std::string reason;           ///< name_of(Reason); administrators only
    std::string detail;           ///< administrators only
    std::optional<Person> person; ///< when granted; its groups, if `known`, by name only
    std::optional<WallTime> valid_until;
    std::string last;               ///< when granted: what the client of the exchange must still be sent, decoded
    std::string grant;              ///< when granted, from listeners with `may_open_stores`: what `mint` asks with
    std::string server;             ///< administrators only
    std::vector<std::string> steps; ///< administrators only, with `trace`
};

/// The answer to any request that asks for no verdict. What find, watch, count, keep and mint are told is read by the
/// functions parse_native_* below.
struct NativeResult {
    boost::json::value result;
};

/// The request was not one that authd serves here.
struct NativeRefusal {
    std::string text;
};

struct NativeReply {
    std::optional<NativeId> id; ///< empty: authd could not read a line and closes
    std::variant<NativeChallenge, NativeVerdict, NativeResult, NativeRefusal> body;
};

/// The answer to `find`.
struct NativeFound {
    std::optional<Person> person; ///< in full; empty: nobody is meant
    std::string reason;           ///< name_of(Reason): granted, or why nobody is meant (ambiguous-name, unknown-person)
};

/// One result of a `watch`. A realm's people come between `begin` and `complete`, and again when so much changed that
/// all is told anew: whoever was known before and is not told then is gone. Anybody told outside of these has changed.
struct NativeNews {
    struct Begin {
    };
    struct Complete {
    };
    struct Live {
        bool live = false; ///< false: changes of the directory do not arrive, and what is known grows old
    };
    struct Gone {
        std::string id; ///< Person::id
    };
    std::variant<Begin, Complete, Live, Gone, Person> what;
};

/// The one reply to a `session`.
struct NativeEnd {
    std::string reason; ///< name_of(Reason), or "kicked" where an administrator ends it
    std::string text;   ///< what the person may be told
};

/// Some of the sessions that a control client asks for.
struct NativeSessions {
    boost::json::array sessions;
    std::uint64_t next = 0; ///< ask for those after it; 0: there are no more
};

/// Errors: `malformed`, also for a person without a name. Members that are not known are ignored.
Result<NativeFound, WireError> parse_native_found(const boost::json::value& result);
Result<NativeNews, WireError> parse_native_news(const boost::json::value& result);
/// The sum of a counter.
Result<std::uint64_t, WireError> parse_native_count(const boost::json::value& result);
/// What is kept; nothing: nothing is.
Result<std::optional<std::string>, WireError> parse_native_kept(const boost::json::value& result);
Result<NativeEnd, WireError> parse_native_end(const boost::json::value& result);
Result<NativeSessions, WireError> parse_native_sessions(const boost::json::value& result);

/// A store secret. Error also: `out_of_memory`.
Result<Secret, WireError> parse_native_minted(const boost::json::value& result);

/// Error: `wrong_version` for a greeting of another version, `malformed` for anything else.
Result<NativeGreeting, WireError> parse_native_greeting(std::string_view line);
/// Error: `malformed`. A granted verdict without a person's name and mailbox is malformed: it would log in nobody.
Result<NativeReply, WireError> parse_native_reply(std::string_view line);

} // namespace gatehouse::wire
