/* gatehouse.h - ask gatehouse-authd from C: for plugins, PAM and NSS.
 *
 * A handle is one connection to authd, opened at the first call, kept, and opened again when it was lost. Calls block,
 * at most for their timeout. The library has no thread, installs no signal handler and raises no SIGPIPE; no C++
 * exception leaves it.
 *
 * Threads: one thread at a time may use a handle; several threads use several handles.
 * Fork: a handle may be used in the child too; the child opens a connection of its own. Do not fork while another
 * thread is inside one of these functions.
 *
 * An outage is never a refusal: whatever is not a clear answer by authd is GH_UNAVAILABLE, and the person must not be
 * told that the password was wrong. A call is sent once and never repeated. */
#ifndef GATEHOUSE_H
#define GATEHOUSE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum gh_verdict {
    GH_GRANTED = 0,
    GH_DENIED = 1,
    GH_UNAVAILABLE = 2 /* nothing is known about the password: a temporary failure */
};

typedef struct gh_handle gh_handle;

enum gh_found {
    GH_FOUND = 0,
    GH_NOBODY = 1,   /* the name is nobody's, or more than one person's */
    GH_NOT_KNOWN = 2 /* authd could not say: a temporary failure */
};

/* What authd said. Strings are UTF-8, never null (empty when not told), and belong to the handle: they stay until its
 * next call or gh_close. The person's members are empty unless granted or found. */
typedef struct gh_answer {
    const char* text;   /* for people, when not granted */
    const char* told;   /* what `text` says as one word of the audit log (account-disabled, not-admitted, ...); empty
                           where people may know no more than "login failed". After GH_NOBODY: why (unknown-person) */
    const char* detail; /* for the log of an administrator: what went wrong; may be empty */
    int password_right; /* denied by account or service, though the password was right */
    const char* realm;
    const char* name;         /* canonical short name */
    const char* mailbox;      /* the mailbox name to use */
    const char* id;           /* stable id of the person; may be empty */
    const char* upn;          /* may be empty */
    const char* display_name; /* may be empty */
    const char* const* addresses; /* mail addresses */
    size_t address_count;
    const char* const* groups; /* short names, nested groups included */
    size_t group_count;
    long long valid_until; /* seconds since 1970 at which the permission ends; 0: no end is known */
} gh_answer;

/* A handle for authd's native listener at `socket_path`; null: /run/gatehouse/native. Connects to nothing yet.
 * Returns null only when memory is short. */
gh_handle* gh_open(const char* socket_path);

/* Is this the person's password, and may they use the service? `password` is `length` bytes of any value.
 * `client_address` is where the person connects from; null: not known. `timeout_ms`: at most this long.
 * `*answer` is set in any case; `answer` may be null. */
enum gh_verdict gh_authenticate(gh_handle* handle, const char* service, const char* login, const char* password,
                                size_t length, const char* client_address, int timeout_ms, const gh_answer** answer);

/* Somebody whom the caller has proved by `mechanism` (a ticket, a certificate): may they use the service now? Audited
 * like any login. `realm`: a hint where the name has no realm of its own; null: none. The rest as above. authd denies
 * it to a listener without may_admit. Never to be called for a name that is only claimed. */
enum gh_verdict gh_admit(gh_handle* handle, const char* service, const char* mechanism, const char* login,
                         const char* realm, const char* client_address, int timeout_ms, const gh_answer** answer);

/* Who is meant by a login name, in any of its forms? Nobody is let in by it, and nothing is audited. For a listener with
 * may_find; elsewhere GH_NOT_KNOWN, and `detail` says so. */
enum gh_found gh_find(gh_handle* handle, const char* login, const char* realm, int timeout_ms,
                      const gh_answer** answer);

/* Null is allowed. */
void gh_close(gh_handle* handle);

#ifdef __cplusplus
}
#endif

#endif
