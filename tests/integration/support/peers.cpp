#include "support/peers.hpp"

#include "support/clients.hpp"
#include "support/mail_clients.hpp"
#include "wire/limits.hpp"

#include <algorithm>

namespace gatehouse::integration
{

namespace
{
using Bytes = std::function<std::size_t(std::string_view login)>;

/// libsasl2 2.1.28, lib/checkpw.c: the four strings of a request to saslauthd and their lengths fit a buffer of 8,192
/// bytes.
Bytes libsasl_limit(std::string_view service)
{
    return [size = service.size()](std::string_view login) { return 8192 - 30 - login.size() - size; };
}

/// A SASL PLAIN message of `size` bytes at most holds two NULs and the name, too.
Bytes plain_message_limit(std::size_t size)
{
    return [size](std::string_view login) { return size - 2 - login.size(); };
}

Bytes fixed_limit(std::size_t size)
{
    return [size](std::string_view) { return size; };
}

/// libsasl2's canonicalisation drops white space around a name.
std::string without_outer_spaces(std::string_view login)
{
    const std::size_t first = login.find_first_not_of(' ');
    return std::string(login.substr(first, login.find_last_not_of(' ') - first + 1));
}

/// Cyrus 3.6, lib/auth_unix.c: a name that holds one of these, or a byte beyond ASCII, is nobody's.
Fate cyrus_fate(std::string_view login)
{
    if (std::ranges::any_of(login, [](char c) { return (c & 0x80) != 0 || std::string_view("&*%!/").contains(c); }))
        return Fate::refused_by_peer;
    // saslauthd's answer has no name in it: Cyrus opens the mailbox of the name as it was typed, and these are none.
    if (login.find_first_of("\"<>;\\{}") != std::string_view::npos)
        return Fate::granted_elsewhere;
    // Cyrus asks without its default domain, and opens that name's mailbox: an address is nobody's name.
    const bool changed = login == "alice.liddell@campus.example" || login == "at@sign@campus.example";
    return changed ? Fate::nobody : Fate::granted;
}

/// A name with a slash cannot be a folder. Dovecot asks for the home after the login, pure-ftpd in the same request.
Fate dovecot_fate(std::string_view login)
{
    return login.contains('/') ? Fate::granted_elsewhere : Fate::granted;
}

Fate ftp_fate(std::string_view login)
{
    if (login.starts_with("at@sign@"))
        return Fate::not_admitted; // who is not of the staff
    return login.contains('/') ? Fate::no_account : Fate::granted;
}

/// What the entries of tests/lab/slapd-sasl have after the name: libsasl2 sends it as the realm, without its '@'.
constexpr std::string_view sasl_domain = "@campus.example";

/// RFC 4514, section 2.4: one attribute value inside a DN.
std::string dn_escaped(std::string_view value)
{
    std::string escaped;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const bool outer_space = value[i] == ' ' && (i == 0 || i + 1 == value.size());
        if (outer_space || (value[i] == '#' && i == 0) || std::string_view(",+\"\\<>;=").contains(value[i]))
            escaped += '\\';
        escaped += value[i];
    }
    return escaped;
}

Peer cyrus(std::string name, std::string service, std::string port,
           std::function<Reply(const Place&, const Login&)> log_in)
{
    const Place place = Lab::current().place(port);
    const Bytes limit = libsasl_limit(service);
    return {.name = "Cyrus " + name,
            .service = std::move(service),
            .listener = "cyrus",
            .log_in = [place, log_in](const std::string& login,
                                      const std::string& password) { return log_in(place, {login, password}); },
            .longest_password = limit,
            .told_beyond = Told::unavailable,
            .fate_of = cyrus_fate,
            .asked_as = without_outer_spaces};
}

Peer submission(std::string name, std::string listener, std::string port, SmtpMethod method, Bytes longest)
{
    const Place place = Lab::current().place(port);
    return {
        .name = std::move(name),
        .service = "smtp",
        .listener = std::move(listener),
        .log_in = [place, method](const std::string& login,
                                  const std::string& password) { return smtp_login(place, method, login, password); },
        .longest_password = std::move(longest)};
}

Peer through_libsasl(Peer peer, Told told_beyond)
{
    peer.told_beyond = told_beyond;
    peer.asked_as = without_outer_spaces;
    return peer;
}

Peer dovecot(std::string name, std::string service, std::string port,
             std::function<Reply(const Place&, const Login&)> log_in, Bytes longest)
{
    const Place place = Lab::current().place(port);
    return {.name = "Dovecot " + name,
            .service = std::move(service),
            .listener = "dovecot-login",
            .log_in = [place, log_in](const std::string& login,
                                      const std::string& password) { return log_in(place, {login, password}); },
            .longest_password = std::move(longest),
            .told_beyond = Told::unavailable, // it closes the connection
            .fate_of = dovecot_fate};
}

// Postfix: smtpd_sasl_response_limit, 12,288 characters of base64, must not be reached.
constexpr std::size_t postfix_message = 9213;
// Postfix: line_length_limit, 2,048 bytes with "AUTH PLAIN "; a longer line is cut, and its end is another command.
constexpr std::size_t postfix_line = (2048 - 11) / 4 * 3;
// Exim 4.96: big_buffer_size, 16,384 bytes; longer responses are "Invalid base64 data".
constexpr std::size_t exim_message = 12285;
// Dovecot 2.3, login-common: 8,192 characters of base64 (LOGIN_MAX_AUTH_BUF_SIZE) must not be reached.
constexpr std::size_t dovecot_message = 6141;
// libsasl2 2.1.28, plugins/login.c: an answer of LOGIN.
constexpr std::size_t libsasl_login = 1024;
} // namespace

Peer cyrus_imap()
{
    return cyrus("IMAP, LOGIN", "imap", "imap", [](const Place& place, const Login& login) {
        return imap_login(place, ImapMethod::literals, login.name, login.password);
    });
}

Peer cyrus_imap_plain()
{
    return cyrus("IMAP, PLAIN", "imap", "imap", [](const Place& place, const Login& login) {
        return imap_login(place, ImapMethod::plain, login.name, login.password);
    });
}

Peer cyrus_pop3()
{
    Peer peer = cyrus("POP3, USER", "pop", "pop3", [](const Place& place, const Login& login) {
        return pop3_login(place, Pop3Method::user_pass, login.name, login.password);
    });
    peer.told_beyond = Told::denied;
    peer.asks_about_empty = false; // PASS without an argument is a syntax error
    return peer;
}

Peer cyrus_pop3_plain()
{
    return cyrus("POP3, PLAIN", "pop", "pop3", [](const Place& place, const Login& login) {
        return pop3_login(place, Pop3Method::plain, login.name, login.password);
    });
}

Peer cyrus_sieve()
{
    Peer peer = cyrus("Sieve", "sieve", "sieve", [](const Place& place, const Login& login) {
        return sieve_login(place, login.name, login.password);
    });
    peer.told_beyond = Told::denied; // every failure is "Authentication Error"
    return peer;
}

Peer postfix_dovecot()
{
    return submission("Postfix through the Dovecot door, PLAIN", "postfix-dovecot", "submission-dovecot",
                      SmtpMethod::plain, plain_message_limit(postfix_message));
}

Peer postfix_dovecot_login()
{
    return submission("Postfix through the Dovecot door, LOGIN", "postfix-dovecot", "submission-dovecot",
                      SmtpMethod::login, fixed_limit(postfix_message));
}

Peer postfix_dovecot_initial()
{
    Peer peer = submission("Postfix through the Dovecot door, PLAIN at once", "postfix-dovecot", "submission-dovecot",
                           SmtpMethod::plain_initial, plain_message_limit(postfix_line));
    return peer;
}

Peer postfix_saslauthd()
{
    return through_libsasl(submission("Postfix through Cyrus SASL, PLAIN", "postfix-saslauthd", "submission-cyrus",
                                      SmtpMethod::plain, libsasl_limit("smtp")),
                           Told::unavailable);
}

Peer postfix_saslauthd_login()
{
    return through_libsasl(submission("Postfix through Cyrus SASL, LOGIN", "postfix-saslauthd", "submission-cyrus",
                                      SmtpMethod::login, fixed_limit(libsasl_login)),
                           Told::denied);
}

Peer exim()
{
    return submission("Exim, PLAIN", "exim", "exim", SmtpMethod::plain, plain_message_limit(exim_message));
}

Peer exim_login()
{
    return submission("Exim, LOGIN", "exim", "exim", SmtpMethod::login, fixed_limit(exim_message));
}

Peer sendmail()
{
    return through_libsasl(
        submission("Sendmail, PLAIN", "sendmail", "sendmail", SmtpMethod::plain, libsasl_limit("smtp")), Told::denied);
}

Peer sendmail_login()
{
    return through_libsasl(
        submission("Sendmail, LOGIN", "sendmail", "sendmail", SmtpMethod::login, fixed_limit(libsasl_login)),
        Told::denied);
}

Peer dovecot_imap()
{
    return dovecot(
        "IMAP, PLAIN", "imap", "dovecot-imap",
        [](const Place& place, const Login& login) {
            return imap_login(place, ImapMethod::plain, login.name, login.password);
        },
        plain_message_limit(dovecot_message));
}

Peer dovecot_imap_login()
{
    return dovecot(
        "IMAP, LOGIN", "imap", "dovecot-imap",
        [](const Place& place, const Login& login) {
            return imap_login(place, ImapMethod::literals, login.name, login.password);
        },
        fixed_limit(1026));
}

Peer dovecot_pop3()
{
    return dovecot(
        "POP3, PLAIN", "pop3", "dovecot-pop3",
        [](const Place& place, const Login& login) {
            return pop3_login(place, Pop3Method::plain, login.name, login.password);
        },
        plain_message_limit(dovecot_message));
}

Peer dovecot_pop3_user()
{
    Peer peer = dovecot(
        "POP3, USER", "pop3", "dovecot-pop3",
        [](const Place& place, const Login& login) {
            return pop3_login(place, Pop3Method::user_pass, login.name, login.password);
        },
        fixed_limit(1024));
    peer.told_beyond = Told::denied; // "Input buffer full, aborting"
    return peer;
}

Peer pure_ftpd()
{
    const Place place = Lab::current().place("ftp");
    return {.name = "pure-ftpd",
            .service = "ftp",
            .listener = "ftp",
            .log_in = [place](const std::string& login,
                              const std::string& password) { return ftp_login(place, login, password); },
            .longest_password = fixed_limit(511), // a command line of 518 bytes; "530 Line too long"
            .fate_of = ftp_fate,
            .at_once = 8}; // half of its passive ports
}

Peer nginx()
{
    const Place place = Lab::current().place("web");
    return {.name = "nginx",
            .service = "web",
            .listener = "web",
            .log_in =
                [place](const std::string& login, const std::string& password) {
                    return http_login(place, "/private/index.html", login, password);
                },
            .longest_password = fixed_limit(wire::max_password)};
}

Peer nginx_by_curl()
{
    const Place place = Lab::current().place("web");
    const std::string url = "http://" + place.host + ":" + std::to_string(place.port) + "/private/index.html";
    Peer peer = nginx();
    peer.name = "nginx, by curl";
    peer.log_in = [url](const std::string& login, const std::string& password) {
        return curl_login(url, login, password);
    };
    return peer;
}

Peer slapd_sasl()
{
    const Place place = Lab::current().place("ldap-sasl");
    const std::string uri = "ldap://" + place.host + ":" + std::to_string(place.port);
    return {
        .name = "slapd",
        .service = "ldap",
        .listener = "slapd",
        .log_in =
            [uri](const std::string& login, const std::string& password) {
                return ldap_login(uri, "uid=" + dn_escaped(login) + ",dc=through,dc=example", password);
            },
        .longest_password =
            [limit = libsasl_limit("ldap")](std::string_view login) { return limit(login) - sasl_domain.size() + 1; },
        .fate_of =
            [](std::string_view login) {
                return login.starts_with("alice)") ? Fate::refused_by_peer : Fate::granted; // it has no such entry
            },
        .asked_as = [](std::string_view login) { return without_outer_spaces(std::string(login).append(sasl_domain)); },
        .asks_about_empty = false, // a bind without a password is no login (RFC 4513, section 5.1.2)
        .stranger = "nobody-knows"};
}

Peer testsaslauthd_program()
{
    const Place door = Lab::current().door("cyrus");
    return {.name = "testsaslauthd",
            .service = "imap",
            .listener = "cyrus",
            .log_in = [door](const std::string& login,
                             const std::string& password) { return testsaslauthd(door, "imap", login, password); },
            // One buffer of 8,192 bytes holds the request; beyond it, testsaslauthd 2.1.28 writes over its own stack.
            .longest_password = [](std::string_view login) { return 8192 - 8 - login.size() - 4; },
            .told_beyond = std::nullopt};
}

} // namespace gatehouse::integration
