#include "app/config_sections.hpp"

#include "base/secret_file.hpp"

#include <boost/asio/ip/address.hpp>

#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace gatehouse::app
{

using yaml::Fields;
using yaml::Value;
using namespace std::chrono_literals;

namespace
{
constexpr std::array<yaml::Word<directory::TlsMode>, 3> tls_modes{{{"ldaps", directory::TlsMode::ldaps},
                                                                   {"starttls", directory::TlsMode::starttls},
                                                                   {"clear-text", directory::TlsMode::clear_text}}};

struct HostPort {
    std::string_view host; ///< without brackets
    bool bracketed = false;
};

/// host, host:port, [v6] or [v6]:port. Nothing for anything else.
std::optional<HostPort> take_apart(std::string_view text)
{
    const bool bracketed = text.starts_with('[');
    const std::size_t end = bracketed ? text.find(']') : text.find(':');
    if (text.find_first_of("/@ ") != std::string_view::npos || (bracketed && end == std::string_view::npos))
        return std::nullopt;
    const HostPort parts{text.substr(bracketed, bracketed ? end - 1 : end), bracketed};
    const std::string_view rest = end == std::string_view::npos ? "" : text.substr(bracketed ? end + 1 : end);
    if (parts.host.empty())
        return std::nullopt;
    if (rest.empty())
        return parts;
    std::uint16_t port = 0;
    const auto [stop, error] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), port);
    const bool is_port = rest.starts_with(':') && error == std::errc{} && stop == rest.data() + rest.size() && port > 0;
    return is_port ? std::optional(parts) : std::nullopt;
}

bool is_address(std::string_view host)
{
    boost::system::error_code error;
    boost::asio::ip::make_address(host, error);
    return !error;
}

bool is_server(std::string_view text)
{
    const auto parts = take_apart(text);
    return parts && (!parts->bracketed || is_address(parts->host));
}

bool is_name_server(std::string_view text)
{
    const auto parts = take_apart(text);
    return is_address(text) || (parts && is_address(parts->host));
}

void check_certificates(const Value& value, const std::string& file)
{
    if (file.empty())
        return;
    const auto pem = yaml::read_file(file, 16 * 1024 * 1024);
    if (!pem)
        value.fault(pem.error().text);
    else if (pem->find("-----BEGIN ") == std::string::npos || pem->find("CERTIFICATE-----") == std::string::npos)
        value.fault(file + ": holds no certificate (expected PEM)");
}

/// systemd puts the credentials of LoadCredential= into a directory of the unit's own.
std::optional<std::string> credential_file(const Value& value)
{
    const auto name = value.text();
    if (!name)
        return std::nullopt;
    const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (name->find('/') != std::string::npos || name->starts_with('.'))
        value.fault("expected the name of a credential (LoadCredential=NAME:FILE in the unit)");
    else if (!folder || *folder != '/')
        value.fault("CREDENTIALS_DIRECTORY is not set: start the daemon by systemd with LoadCredential=" + *name +
                    ":FILE, or use password_file");
    else
        return std::string(folder) + '/' + *name;
    return std::nullopt;
}
} // namespace

void read_servers(Fields& fields, directory::ServerSettings& servers, bool has_sites)
{
    const auto list = fields.find("servers");
    const auto srv = fields.find("srv_domain");
    if (list && srv)
        srv->fault("give servers or srv_domain, not both");
    else if (!list && !srv)
        fields.map().fault("missing key \"servers\" (or \"srv_domain\", to find them in DNS)");
    if (list) {
        servers.hosts = list->some_texts().value_or(servers.hosts);
        for (const Value& server : list->items())
            if (const auto name = server.text(); name && !is_server(*name))
                server.fault("expected a host name, alone or with a port (dc1.campus.example:636), found \"" + *name +
                             "\"");
    }
    if (srv)
        servers.srv_domain = srv->text().value_or("");
    if (has_sites)
        fields.read("site", servers.site, &Value::text);
    if (const auto dns = fields.find("dns_server")) {
        servers.dns_server = dns->text().value_or("");
        if (!servers.dns_server.empty() && !is_name_server(servers.dns_server))
            dns->fault("expected the address of a name server, alone or with a port, found \"" + servers.dns_server +
                       "\"");
    }
}

void read_tls(const Value& value, directory::TlsSettings& tls, Config& config)
{
    value.fields([&](Fields& fields) {
        const auto mode = fields.find("mode");
        const auto verify = fields.find("verify");
        if (mode)
            tls.mode = mode->word<directory::TlsMode>(tls_modes).value_or(tls.mode);
        if (verify)
            tls.verify = verify->boolean().value_or(true);
        if (const auto file = fields.find("ca_file")) {
            tls.ca_file = file->path_name().value_or("");
            check_certificates(*file, tls.ca_file);
        }
        if (tls.mode == directory::TlsMode::clear_text)
            config.warnings.push_back(
                mode->located("passwords cross the network in clear text; use ldaps or starttls"));
        else if (!tls.verify)
            config.warnings.push_back(verify->located(
                "anybody on the network can pose as the directory and collect passwords; set ca_file instead"));
    });
}

void read_bind(const Value& value, directory::BindAccount& bind)
{
    value.fields([&](Fields& fields) {
        fields.demand("dn", bind.dn, &Value::text);
        const auto file = fields.find("password_file");
        const auto credential = fields.find("password_credential");
        if (const auto password = fields.find("password"))
            password->fault("a secret never stands in this file; use password_file or password_credential");
        else if (!file && !credential)
            value.fault("missing key \"password_file\" (or \"password_credential\")");
        if (file && credential)
            credential->fault("give password_file or password_credential, not both");
        const Value* const source = file ? &*file : credential ? &*credential : nullptr;
        if (!source)
            return;
        const auto path = file ? file->path_name() : credential_file(*credential);
        if (!path)
            return;
        bind.password_file = *path;
        if (const auto secret = read_secret_file(*path); !secret)
            source->fault(secret.error().text);
    });
}

void read_timing(const Value& value, directory::Timing& timing)
{
    value.fields([&](Fields& fields) {
        fields.read("connect", timing.connect, &Value::duration, 50ms, 60s);
        fields.read("answer", timing.answer, &Value::duration, 50ms, 60s);
        fields.read("retry_after", timing.retry_after, &Value::duration, 10ms, 30s);
        fields.read("bind_connections", timing.bind_connections, &Value::number, 1, 1024);
    });
}

} // namespace gatehouse::app
