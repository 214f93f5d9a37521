#include "support/ticket.hpp"

#include "support/lab.hpp"

#include <atomic>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace gatehouse::integration
{

namespace
{
/// The last line that satisfies `wanted`, without its first `cut` bytes and without its CR.
template <class Wanted>
std::string last_line(const std::string& text, Wanted wanted, std::size_t cut)
{
    std::istringstream lines(text);
    std::string last;
    for (std::string line; std::getline(lines, line);)
        if (wanted(line))
            last = line.substr(cut);
    if (last.ends_with('\r'))
        last.pop_back();
    return last;
}

/// What the words of a server say that let nobody in.
Told told_by(const std::string& words)
{
    const bool refused = words.starts_with("535"); // Postfix adds "(reason unavailable)" where authd tells none
    const bool away =
        !refused && (words.empty() || words.starts_with("454") || words.find("unavailable") != std::string::npos);
    return away ? Told::unavailable : Told::denied;
}

Reply reply_of(const Output& output, std::string words)
{
    if (output.ok())
        return {Told::granted, std::move(words)};
    const Told told = told_by(words);
    return {told, words.empty() ? output.text() : std::move(words)};
}
} // namespace

namespace
{
std::string krb5_conf_of(const std::string& kdc)
{
    if (kdc == "mit-kdc-impostor") // an option of the script of mit-kdc
        return (Lab::current().folder() / "mit-kdc-impostor/krb5.conf").string();
    return Lab::current().show(kdc).at("krb5_conf");
}
} // namespace

Ticket::Ticket(const std::string& kdc)
{
    static std::atomic<int> count{0};
    const auto folder = Lab::current().folder() / "tickets";
    std::filesystem::create_directories(folder);
    cache_ = folder / std::to_string(++count);
    environment_ = {{"KRB5_CONFIG", krb5_conf_of(kdc)},
                    {"KRB5CCNAME", "FILE:" + cache_.string()},
                    {"KRB5_CLIENT_KTNAME", "/nonexistent"}};
}

Ticket::Ticket(const std::string& principal, const std::string& password, const std::string& kdc) : Ticket(kdc)
{
    const Output output = run({"kinit", principal}, {.input = password + "\n", .environment = environment_});
    if (!output.ok())
        throw std::runtime_error("no ticket for " + principal + ": " + output.text());
}

Ticket::~Ticket()
{
    std::error_code ignored;
    std::filesystem::remove(cache_, ignored);
}

namespace
{
Reply curl(const std::string& scheme, const std::string& host, const Place& place, const std::string& user,
           const std::string& mechanism, const Environment& environment)
{
    const std::string port = std::to_string(place.port);
    std::vector<std::string> argv{"curl",
                                  "--silent",
                                  "--verbose",
                                  "--max-time",
                                  "30",
                                  "--user",
                                  user,
                                  "--login-options",
                                  "AUTH=" + mechanism,
                                  "--resolve",
                                  host + ":" + port + ":" + place.host};
    if (scheme == "smtp") // a login counts once a message was taken
        argv.insert(argv.end(), {"--mail-from", "alice@campus.example", "--mail-rcpt", "alice@campus.example",
                                 "--upload-file", "-"});
    argv.push_back(scheme + "://" + host + ":" + port + "/");
    const Output output = run(argv, {.input = "Subject: a ticket\r\n\r\n", .environment = environment});
    // Lines of the server begin with "< "; those of an exchange with "< +" in IMAP and POP3.
    return reply_of(output, last_line(
                                output.err,
                                [](std::string_view line) {
                                    return line.starts_with("< ") && !line.starts_with("< + ") &&
                                           !line.starts_with("< *");
                                },
                                2));
}
} // namespace

Reply curl_with_ticket(const std::string& scheme, const std::string& host, const Place& place, const Ticket& ticket)
{
    return curl(scheme, host, place, ":", "GSSAPI", ticket.environment());
}

Reply curl_with_ntlm(const std::string& scheme, const std::string& host, const Place& place, const std::string& login,
                     const std::string& password)
{
    return curl(scheme, host, place, login + ':' + password, "NTLM", {});
}

Reply imtest_with_ticket(const std::string& host, const Place& place, const Ticket& ticket, const std::string& authzid)
{
    const Lab& lab = Lab::current();
    // imtest finds its server by name, and asks for a ticket of the first name that its address has.
    const auto hosts = lab.folder() / "tickets/hosts";
    write_file(hosts, place.host + " " + host + " localhost\n");
    std::vector<std::string> argv{lab.script_file("private_mounts"),
                                  hosts.string() + ":/etc/hosts",
                                  "--",
                                  "/usr/lib/cyrus/bin/imtest",
                                  "-m",
                                  "GSSAPI",
                                  "-p",
                                  std::to_string(place.port)};
    if (!authzid.empty())
        argv.insert(argv.end(), {"-u", authzid});
    argv.push_back(host);
    const Output output =
        run(argv, {.input = ". LOGOUT\r\n", .timeout = std::chrono::seconds(30), .environment = ticket.environment()});
    const std::string words =
        last_line(output.out, [](std::string_view line) { return line.starts_with("S: A01 "); }, 7);
    return {words.starts_with("OK") ? Told::granted : told_by(words), words.empty() ? output.text() : words};
}

Reply gsasl_with_ticket(const Place& place, const Ticket& ticket)
{
    const Output output = run(
        {"gsasl", "--imap", "--no-starttls", "--connect=localhost:" + std::to_string(place.port), "--mechanism=GSSAPI",
         "--authentication-id=", "--authorization-id=", "--quality-of-protection=qop-auth", "--verbose"},
        {.input = ". LOGOUT\r\n", .timeout = std::chrono::seconds(30), .environment = ticket.environment()});
    const std::string words = last_line(
        output.out, [](std::string_view line) { return line.starts_with(". OK Logged") || line.starts_with(". NO"); },
        2);
    return {words.starts_with("OK") ? Told::granted : told_by(words), words.empty() ? output.text() : words};
}

Reply ldap_with_ticket(const Place& place, const Ticket& ticket, const std::string& authzid)
{
    std::vector<std::string> argv{
        "ldapwhoami", "-N", "-Q", "-Y", "GSSAPI", "-H", "ldap://localhost:" + std::to_string(place.port)};
    if (!authzid.empty())
        argv.insert(argv.end(), {"-X", authzid});
    const Output output = run(argv, {.environment = ticket.environment()});
    if (output.ok())
        return {Told::granted, output.out.substr(0, output.out.find('\n'))};
    return {output.err.find("unavailable (52)") != std::string::npos ? Told::unavailable : Told::denied, output.err};
}

} // namespace gatehouse::integration
