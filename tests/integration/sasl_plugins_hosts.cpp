#include "sasl_plugins_hosts.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

namespace
{
/// In a log: the last number that stands in brackets behind `program`.
std::string last_process(const std::filesystem::path& log, const std::string& program)
{
    const std::string text = read_file(log);
    const std::size_t at = text.rfind(program + '[');
    if (at == std::string::npos)
        return {};
    const std::size_t begin = at + program.size() + 1;
    return text.substr(begin, text.find(']', begin) - begin);
}

PluginHost mail_host(const std::string& scheme, const std::string& port, const std::string& service)
{
    const Lab& lab = Lab::current();
    const bool postfix = scheme == "smtp";
    return {.name = scheme,
            .service = service,
            .listener = postfix ? "postfix-plugin" : "cyrus-plugin",
            .log_in =
                [=, place = lab.place(port)](const Ticket& ticket) {
                    return curl_with_ticket(scheme, postfix ? "mail.campus.example" : "imap.campus.example", place,
                                            ticket);
                },
            .process =
                [=, &lab] {
                    return postfix ? last_process(lab.folder() / "log/postfix-mail.log", "submission-cyrus/smtpd")
                                   : last_process(lab.folder() / "log/cyrus.log", "cyrus/" + scheme);
                },
            .disabled = "account disabled"};
}
} // namespace

std::vector<PluginHost> mail_plugin_hosts()
{
    return {mail_host("imap", "imap", "imap"), mail_host("pop3", "pop3", "pop"),
            mail_host("smtp", "submission-cyrus", "smtp")};
}

std::vector<PluginHost> plugin_hosts()
{
    const Lab& lab = Lab::current();
    auto hosts = mail_plugin_hosts();
    hosts.push_back(
        {.name = "slapd",
         .service = "ldap",
         .listener = "slapd-plugin",
         .log_in = [place = lab.place("ldap-sasl")](const Ticket& ticket) { return ldap_with_ticket(place, ticket); },
         .process = [&lab] { return lab.show("slapd-sasl").at("pid"); },
         .disabled = "this account is disabled",
         .realm = "@" + lab.show("mit-kdc").at("realm")});
    return hosts;
}

void check_audited(const AuditFile& audit, const PluginHost& host, const std::string& login, const std::string& reason)
{
    const auto lines = audit.settled();
    REQUIRE(lines.size() == 1);
    INFO(lines[0].text());
    CHECK(lines[0]["login"] == login + host.realm);
    CHECK(lines[0]["reason"] == reason);
    CHECK(lines[0]["mechanism"] == "GSSAPI");
    CHECK(lines[0]["service"] == host.service);
    CHECK(lines[0]["listener"] == host.listener);
    CHECK(lines[0]["door"] == "native");
    CHECK(lines[0]["client"] == "127.0.0.1");
}

std::unique_ptr<Ticket> ticket_of(const std::string& name)
{
    const Lab& lab = Lab::current();
    lab.must("mit-kdc",
             {"kadmin", "modprinc -expire never -pwexpire never +allow_tix -needchange +requires_preauth " + name});
    return std::make_unique<Ticket>(name, lab.person(name).password);
}

WithoutAuthd::WithoutAuthd()
{
    Lab::current().must("authd", {"down"});
}

/// Watched as the lab's first one is: how it ends is checked when the lab ends.
WithoutAuthd::~WithoutAuthd()
{
    const Lab& lab = Lab::current();
    run({lab.program("exit_watch").string(), (lab.folder() / "exits").string(), lab.script_file("authd"), "up",
         "--directory", std::string(name_of(lab.directory()))});
}

} // namespace gatehouse::integration
