#include "edge_programs.hpp"

#include "edge_lab.hpp"
#include "support/in_quotes.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
constexpr std::string_view host = "localhost"; // in the edge's certificate, and in the keytab's principals

/// The edge's words for a login that is refused, whatever the program writes around them; the last two are programs'.
constexpr std::array refusals{"[AUTHENTICATIONFAILED]",
                              "[CONTACTADMIN]",
                              "[EXPIRED]",
                              "[AUTHORIZATIONFAILED]",
                              "-ERR [AUTH]",
                              "535 5.7.8",
                              "NO \"",
                              "Login failed.",
                              "SASL authentication failed"};

Reply judge(const Output& output, bool done)
{
    if (done)
        return {Told::granted, output.text()};
    const std::string text = output.text();
    const bool refused =
        std::ranges::any_of(refusals, [&](const char* words) { return text.find(words) != std::string::npos; });
    return {refused ? Told::denied : Told::unavailable, text};
}

std::string port_of(const std::string& listener)
{
    return std::to_string(edge_place(listener).port);
}

RunOptions with(std::string input, Environment environment = {})
{
    return {.input = std::move(input), .timeout = 30s, .environment = std::move(environment)};
}

std::filesystem::path fresh_folder(const std::string& name)
{
    static std::atomic<int> count{0};
    const auto folder = Lab::current().folder() / "edge-programs" / (name + "-" + std::to_string(++count));
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    return folder;
}

// --- curl ------------------------------------------------------------------------------------------------------------

/// `scheme`: imap(s), pop3(s), smtp(s); those without an s begin TLS by command. Appends, lists or sends.
Output curl(const std::string& scheme, const std::string& listener, const std::string& mechanism,
            const std::string& login, const std::string& password, const Environment& environment = {})
{
    const auto message = fresh_folder("curl") / "message";
    write_file(message, message_with("by curl"));
    std::vector<std::string> argv{"curl",       "--silent", "--verbose", "--max-time",      "25",
                                  "--ssl-reqd", "--cacert", edge_ca(),   "--login-options", "AUTH=" + mechanism,
                                  "--config",   "-"};
    std::string url = scheme + "://" + std::string(host) + ":" + port_of(listener) + "/";
    if (scheme.starts_with("imap"))
        url += "INBOX";
    if (scheme.starts_with("smtp"))
        argv.insert(argv.end(), {"--mail-from", "alice@campus.example", "--mail-rcpt", "alice@campus.example"});
    if (!scheme.starts_with("pop3"))
        argv.insert(argv.end(), {"--upload-file", message.string()});
    argv.push_back(url);
    return run(argv, with("user = " + in_quotes(login + ":" + password) + "\n", environment));
}

MailProgram curl_program(const std::string& scheme, const std::string& listener, const std::string& mechanism,
                         const std::string& audited, const Environment& environment = {})
{
    const std::string service = scheme.starts_with("pop3") ? "pop" : scheme.substr(0, 4);
    return {"curl " + scheme + " at " + listener + " by " + mechanism, service, audited,
            [=](const std::string& login, const std::string& password) {
                const Output output = curl(scheme, listener, mechanism, login, password, environment);
                return judge(output, output.ok());
            }};
}

// --- Cyrus's test programs -------------------------------------------------------------------------------------------

struct CyrusTest {
    std::string program;
    std::string listener;
    std::string service;
    std::string commands; ///< once logged in
    std::string expected; ///< of what the server then says
};

const CyrusTest& imtest()
{
    static const CyrusTest test{"imtest", "imap", "imap", ". STATUS INBOX (MESSAGES)\r\n. LOGOUT\r\n",
                                "* STATUS INBOX"};
    return test;
}

MailProgram cyrus_program(const CyrusTest& test, const std::string& mechanism, const std::string& audited,
                          const Environment& environment = {})
{
    return {test.program + " at " + test.listener + " by " + mechanism, test.service, audited,
            [=](const std::string& login, const std::string& password) {
                std::vector<std::string> argv{"/usr/lib/cyrus/bin/" + test.program, "-m", mechanism, "-p",
                                              port_of(test.listener)};
                const bool from_the_beginning = test.listener.ends_with("s");
                argv.push_back(from_the_beginning ? "-s" : "-t");
                if (!from_the_beginning)
                    argv.emplace_back(); // no certificate of the client
                if (environment.empty()) // its password stands on its command line: sample people only
                    argv.insert(argv.end(), {"-a", login, "-u", login, "-w", password});
                if (mechanism ==
                    "GSS-SPNEGO") // else it begins a layer of its own inside of TLS, as no mail server does
                    argv.insert(argv.end(), {"-l", "0"});
                argv.emplace_back(host);
                const Output output = run(argv, with(test.commands, environment));
                return judge(output, output.out.find("Authenticated.") != std::string::npos &&
                                         output.out.find(test.expected) != std::string::npos);
            }};
}

// --- GNU SASL --------------------------------------------------------------------------------------------------------

MailProgram gsasl_program(const std::string& mechanism, const Environment& environment = {})
{
    return {"gsasl at imap by " + mechanism, "imap", mechanism,
            [=](const std::string& login, const std::string& password) {
                std::vector<std::string> argv{"gsasl",
                                              "--client",
                                              "--imap",
                                              "--verbose",
                                              "--connect=" + std::string(host) + ":" + port_of("imap"),
                                              "--mechanism=" + mechanism,
                                              "--x509-ca-file=" + edge_ca()};
                if (environment.empty())
                    argv.insert(argv.end(), {"--authentication-id=" + login, "--password=" + password});
                else
                    argv.insert(argv.end(), {"--authentication-id=", "--authorization-id=", "--no-cb",
                                             "--quality-of-protection=qop-auth"});
                const Output output = run(argv, with("", environment));
                return judge(output, output.ok());
            }};
}

// --- swaks -----------------------------------------------------------------------------------------------------------

MailProgram swaks_program(const std::string& listener, const std::string& mechanism)
{
    return {"swaks at " + listener + " by " + mechanism, "smtp", mechanism,
            [=](const std::string& login, const std::string& password) {
                const Output output =
                    run({"swaks", "--server", std::string(host), "--port", port_of(listener),
                         listener == "submission" ? "--tls" : "--tls-on-connect", "--tls-verify", "--tls-ca-path",
                         edge_ca(), "--tls-sni", std::string(host), "--auth", mechanism, "--auth-user", login, "--from",
                         "alice@campus.example", "--to", "alice@campus.example"},
                        with("", {{"SWAKS_OPT_auth_password", password}}));
                return judge(output, output.ok());
            }};
}

// --- mutt ------------------------------------------------------------------------------------------------------------

/// A configuration that verifies the edge's certificate, and asks nothing.
std::filesystem::path mutt_folder(const std::string& login, const std::string& password)
{
    const auto folder = fresh_folder("mutt");
    write_file(folder / "muttrc",
               "set ssl_ca_certificates_file=" + edge_ca() +
                   "\nset certificate_file=/dev/null ssl_force_tls=yes ssl_verify_host=yes\n"
                   "set imap_authenticators=plain smtp_authenticators=plain\n"
                   "set smtp_url=" +
                   in_quotes("smtp://" + login + "@" + std::string(host) + ":" + port_of("submission") + "/") +
                   "\nset imap_user=" + in_quotes(login) + " imap_pass=" + in_quotes(password) +
                   " smtp_pass=" + in_quotes(password) +
                   "\nset from=alice@campus.example use_from=yes use_envelope_from=yes copy=no\n"
                   "set quit=yes delete=no confirmappend=no confirmcreate=no\n");
    return folder;
}

Output mutt_sends(const std::string& login, const std::string& password, const std::string& to,
                  const std::string& subject)
{
    const auto folder = mutt_folder(login, password);
    return run({"mutt", "-n", "-F", (folder / "muttrc").string(), "-s", subject, "--", to},
               with("A line.\n", {{"HOME", folder.string()}}));
}

/// At a terminal of its own: copies every message of the INBOX into a file, and leaves.
Reply mutt_reads(const std::string& login, const std::string& password)
{
    const auto folder = mutt_folder(login, password);
    const auto copied = folder / "copied";
    const std::string command =
        "mutt -n -F " + (folder / "muttrc").string() + " -f imaps://" + std::string(host) + ":" + port_of("imaps") +
        "/INBOX -e 'push \"<tag-pattern>~A<enter><tag-prefix><copy-message>" + copied.string() + "<enter><exit>\"'";
    const Output output = run({"script", "--quiet", "--return", "--command", command, "/dev/null"},
                              with("", {{"HOME", folder.string()}, {"TERM", "vt100"}}));
    return judge(output, read_file(copied).find("\nSubject: ") != std::string::npos);
}

std::vector<MailProgram> mutt_programs()
{
    return {{"mutt sends at submission", "smtp", "PLAIN",
             [](const std::string& login, const std::string& password) {
                 return send_by_mutt(login, password, "alice@campus.example", "by mutt");
             }},
            {"mutt reads at imaps", "imap", "PLAIN", mutt_reads}};
}

// --- mbsync ----------------------------------------------------------------------------------------------------------

Output mbsync(const std::filesystem::path& folder, const std::string& login, const std::string& password)
{
    const auto file = folder / "mbsyncrc";
    write_file(file,
               "IMAPStore edge\nHost " + std::string(host) + "\nPort " + port_of("imaps") + "\nUser " + login +
                   "\nPassCmd \"printenv MAIL_PASSWORD\"\nSSLType IMAPS\nSystemCertificates no\nCertificateFile " +
                   edge_ca() + "\nAuthMechs PLAIN\n\nMaildirStore here\nInbox " + (folder / "inbox").string() +
                   "\n\nChannel all\nFar :edge:\nNear :here:\nCreate Near\nSync Pull\nPatterns INBOX\nSyncState *\n");
    return run({"mbsync", "--config", file.string(), "all"}, with("", {{"MAIL_PASSWORD", password}}));
}

/// The messages of a Maildir.
std::string messages_in(const std::filesystem::path& maildir)
{
    std::string messages;
    for (const char* const part : {"new", "cur"})
        if (std::filesystem::is_directory(maildir / part))
            for (const auto& file : std::filesystem::directory_iterator(maildir / part))
                messages += read_file(file.path());
    return messages;
}

// --- ImapFlow and Nodemailer -----------------------------------------------------------------------------------------

MailProgram node_program(const std::string& script, const std::string& listener, const std::string& method,
                         const std::string& audited)
{
    return {script + " at " + listener + " by " + method, script == "imapflow.js" ? "imap" : "smtp", audited,
            [=](const std::string& login, const std::string& password) {
                const Place place = edge_place(listener);
                const Output output = run({"node", Lab::current().script_file("../integration/node/" + script)},
                                          with("", {{"MAIL_HOST", place.host},
                                                    {"MAIL_PORT", port_of(listener)},
                                                    {"MAIL_TLS", listener.ends_with("s") ? "implicit" : "starttls"},
                                                    {"MAIL_CA", edge_ca()},
                                                    {"MAIL_NAME", std::string(host)},
                                                    {"MAIL_METHOD", method},
                                                    {"MAIL_USER", login},
                                                    {"MAIL_PASSWORD", password},
                                                    {"MAIL_FROM", "alice@campus.example"},
                                                    {"MAIL_TO", "alice@campus.example"},
                                                    {"MAIL_SUBJECT", "by Nodemailer"}}));
                return output.status == 2 ? judge(output, false)
                                          : Reply{output.ok() ? Told::granted : Told::unavailable, output.text()};
            }};
}
} // namespace

Reply send_by_mutt(const std::string& login, const std::string& password, const std::string& to,
                   const std::string& subject)
{
    const Output output = mutt_sends(login, password, to, subject);
    return judge(output, output.ok());
}

std::string mailbox_by_mbsync(const std::string& login, const std::string& password)
{
    const auto folder = fresh_folder("mbsync");
    const Output output = mbsync(folder, login, password);
    return output.ok() ? messages_in(folder / "inbox") : output.text();
}

std::vector<MailProgram> programs_with_password()
{
    const CyrusTest imaps{"imtest", "imaps", "imap", imtest().commands, imtest().expected};
    const CyrusTest pop3{"pop3test", "pop3", "pop", "STAT\r\nQUIT\r\n", "+OK "};
    const CyrusTest pop3s{"pop3test", "pop3s", "pop", "STAT\r\nQUIT\r\n", "+OK "};
    const CyrusTest sieve{"sivtest", "sieve", "sieve", "NOOP \"still here\"\r\n",
                          "still here"}; // it takes the first OK for its own LOGOUT's
    std::vector<MailProgram> programs{
        curl_program("imap", "imap", "PLAIN", "PLAIN"),
        curl_program("imap", "imap", "LOGIN", "LOGIN"),
        curl_program("imaps", "imaps", "PLAIN", "PLAIN"),
        curl_program("pop3", "pop3", "PLAIN", "PLAIN"),
        curl_program("pop3s", "pop3s", "LOGIN", "LOGIN"),
        curl_program("smtp", "submission", "PLAIN", "PLAIN"),
        curl_program("smtps", "submissions", "LOGIN", "LOGIN"),
        cyrus_program(imtest(), "PLAIN", "PLAIN"),
        cyrus_program(imaps, "login", "PLAIN"),
        cyrus_program(pop3, "PLAIN", "PLAIN"),
        cyrus_program(pop3s, "user", "PLAIN"),
        cyrus_program(sieve, "PLAIN", "PLAIN"),
        swaks_program("submission", "PLAIN"),
        swaks_program("submissions", "LOGIN"),
        {"mbsync at imaps", "imap", "PLAIN",
         [](const std::string& login, const std::string& password) {
             const auto folder = fresh_folder("mbsync");
             const Output output = mbsync(folder, login, password);
             return judge(output, output.ok() && !messages_in(folder / "inbox").empty());
         }},
        node_program("imapflow.js", "imaps", "AUTH=PLAIN", "PLAIN"),
        node_program("imapflow.js", "imap", "LOGIN", "PLAIN"),
        node_program("nodemailer.js", "submission", "PLAIN", "PLAIN"),
        node_program("nodemailer.js", "submissions", "LOGIN", "LOGIN"),
    };
    for (MailProgram& mutt : mutt_programs())
        programs.push_back(std::move(mutt));
    return programs;
}

std::vector<MailProgram> programs_with_ticket(const Environment& ticket)
{
    const CyrusTest pop3{"pop3test", "pop3", "pop", "STAT\r\nQUIT\r\n", "+OK "};
    return {
        curl_program("imap", "imap", "GSSAPI", "GSSAPI", ticket),
        curl_program("imaps", "imaps", "GSSAPI", "GSSAPI", ticket),
        curl_program("pop3", "pop3", "GSSAPI", "GSSAPI", ticket),
        curl_program("smtp", "submission", "GSSAPI", "GSSAPI", ticket),
        cyrus_program(imtest(), "GSSAPI", "GSSAPI", ticket),
        cyrus_program(imtest(), "GSS-SPNEGO", "GSS-SPNEGO", ticket),
        cyrus_program(pop3, "GSSAPI", "GSSAPI", ticket),
        gsasl_program("GSSAPI", ticket),
    };
}

std::vector<MailProgram> programs_by_ntlm()
{
    return {
        curl_program("imap", "imap", "NTLM", "NTLM"),
        curl_program("pop3s", "pop3s", "NTLM", "NTLM"),
        curl_program("smtp", "submission", "NTLM", "NTLM"),
    };
}

std::vector<MailProgram> programs_by_scram()
{
    return {gsasl_program("SCRAM-SHA-256-PLUS"), gsasl_program("SCRAM-SHA-1-PLUS")};
}

} // namespace gatehouse::integration
