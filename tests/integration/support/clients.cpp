#include "support/clients.hpp"

#include "support/in_quotes.hpp"
#include "support/mail_clients.hpp"
#include "support/process.hpp"

#include <ldap.h>

#include <memory>

namespace gatehouse::integration
{

namespace
{
std::string ftp_answer(Connection& connection)
{
    std::string line = connection.read_line();
    while (line.size() > 3 && line[3] == '-') // the last line of several has a space there (RFC 959, section 4.2)
        line = connection.read_line();
    return line;
}

std::string ftp_ask(Connection& connection, const std::string& line)
{
    connection.send(line + "\r\n");
    return ftp_answer(connection);
}

std::string last_line(std::string_view text)
{
    while (text.ends_with('\n') || text.ends_with('\r'))
        text.remove_suffix(1);
    return std::string(text.substr(text.rfind('\n') + 1));
}

struct LdapEnd {
    void operator()(LDAP* handle) const { ldap_unbind_ext_s(handle, nullptr, nullptr); }
};
} // namespace

Reply ftp_login(const Place& place, std::string_view login, std::string_view password)
{
    try {
        Connection connection(place);
        ftp_answer(connection);
        std::string line = ftp_ask(connection, "USER " + std::string(login));
        if (line.starts_with("331"))
            line = ftp_ask(connection, "PASS " + std::string(password));
        if (!line.starts_with("230"))
            return {line.starts_with("4") ? Told::unavailable : Told::denied, line};
        const std::string folder = ftp_ask(connection, "PWD");
        return {folder.starts_with("257") ? Told::granted : Told::unavailable, line + " / " + folder};
    } catch (const ConnectionLost& lost) {
        return {Told::unavailable, lost.what()};
    }
}

Reply http_login(const Place& place, std::string_view path, std::string_view login, std::string_view password)
{
    try {
        Connection connection(place);
        connection.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: www.campus.example\r\nAuthorization: Basic " +
                        base64(std::string(login) + ":" + std::string(password)) + "\r\nConnection: close\r\n\r\n");
        const std::string answer = connection.read_until_closed();
        const std::string status = answer.substr(0, answer.find_first_of("\r\n"));
        const std::string code = status.size() >= 12 ? status.substr(9, 3) : "";
        const Told told = code == "200" ? Told::granted : code.starts_with('4') ? Told::denied : Told::unavailable;
        return {told, status + " / " + last_line(answer)};
    } catch (const ConnectionLost& lost) {
        return {Told::unavailable, lost.what()};
    }
}

Reply ldap_login(const std::string& uri, const std::string& dn, std::string_view password)
{
    LDAP* handle = nullptr;
    if (const int rc = ldap_initialize(&handle, uri.c_str()); rc != LDAP_SUCCESS)
        return {Told::unavailable, ldap_err2string(rc)};
    const std::unique_ptr<LDAP, LdapEnd> owner(handle);
    const int version = LDAP_VERSION3;
    const timeval patience{.tv_sec = 30, .tv_usec = 0};
    ldap_set_option(handle, LDAP_OPT_PROTOCOL_VERSION, &version);
    ldap_set_option(handle, LDAP_OPT_NETWORK_TIMEOUT, &patience);
    ldap_set_option(handle, LDAP_OPT_TIMEOUT, &patience);
    std::string copy(password);
    berval credential{.bv_len = copy.size(), .bv_val = copy.data()};
    const int rc = ldap_sasl_bind_s(handle, dn.c_str(), LDAP_SASL_SIMPLE, &credential, nullptr, nullptr, nullptr);
    const bool away = rc < 0 || rc == LDAP_UNAVAILABLE || rc == LDAP_BUSY;
    return {rc == LDAP_SUCCESS ? Told::granted
            : away             ? Told::unavailable
                               : Told::denied,
            std::to_string(rc) + " " + ldap_err2string(rc)};
}

Reply curl_login(const std::string& url, std::string_view login, std::string_view password)
{
    // curl ends the name at the first colon: names with one cannot be sent this way.
    const std::string configuration = "user = " + in_quotes(std::string(login) + ":" + std::string(password)) + "\n";
    const Output output =
        run({"curl", "--silent", "--show-error", "--fail-with-body", "--max-time", "30", "--config", "-", url},
            {.input = configuration});
    const bool refused = output.status == 67 || (output.status == 22 && output.err.find("401") != std::string::npos);
    return {output.ok() ? Told::granted : refused ? Told::denied : Told::unavailable, output.text()};
}

Reply testsaslauthd(const Place& door, std::string_view service, std::string_view login, std::string_view password,
                    std::string_view realm)
{
    std::vector<std::string> argv{"testsaslauthd",    "-f", door.path.string(),   "-s", std::string(service), "-u",
                                  std::string(login), "-p", std::string(password)};
    if (!realm.empty())
        argv.insert(argv.end(), {"-r", std::string(realm)});
    const Output output = run(argv);
    const bool refused = output.out.find("NO \"") != std::string::npos;
    return {output.ok() ? Told::granted : refused ? Told::denied : Told::unavailable, output.text()};
}

} // namespace gatehouse::integration
