// The directory shows a certificate that must not be trusted.
#include "support/clients.hpp"
#include "support/directories.hpp"
#include "support/eventually.hpp"
#include "support/own_authd.hpp"

#include <catch2/catch.hpp>

#include <iostream>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
struct Authority {
    std::filesystem::path certificate;
    std::filesystem::path key;
};

void must(const std::vector<std::string>& argv)
{
    if (const Output output = run(argv); !output.ok())
        throw std::runtime_error(argv[0] + ": " + output.text());
}

/// Certificates for slapd, in a folder of the test's own.
class CertificateOffice
{
public:
    CertificateOffice() : folder_(Lab::current().folder() / "faults/certificates")
    {
        std::filesystem::create_directories(folder_);
        must({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
              "30", "-subj", "/O=Elsewhere/CN=Other CA", "-addext", "basicConstraints=critical,CA:TRUE", "-keyout",
              file("other-ca.key"), "-out", file("other-ca.pem")});
        must({"openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", file("server.key")});
        must({"openssl", "req", "-new", "-key", file("server.key"), "-subj", "/O=Campus lab/CN=server", "-out",
              file("server.csr")});
    }

    Authority lab() const
    {
        const auto ca = Lab::current().folder() / "ca";
        return {ca / "ca.pem", ca / "ca.key"};
    }
    Authority other() const { return {file("other-ca.pem"), file("other-ca.key")}; }
    std::string key() const { return file("server.key"); }

    /// `before`: what stands before openssl, such as another date. Valid for one day.
    std::string certify(const std::string& name, const Authority& authority, const std::string& alternative_name,
                        const std::vector<std::string>& before = {}) const
    {
        write_file(file(name + ".ext"), "subjectAltName=" + alternative_name + "\nextendedKeyUsage=serverAuth\n");
        std::vector<std::string> argv = before;
        argv.insert(argv.end(), {"openssl", "x509", "-req", "-in", file("server.csr"), "-CA",
                                 authority.certificate.string(), "-CAkey", authority.key.string(), "-set_serial", "77",
                                 "-days", "1", "-extfile", file(name + ".ext"), "-out", file(name + ".pem")});
        must(argv);
        return file(name + ".pem");
    }

private:
    std::string file(const std::string& name) const { return (folder_ / name).string(); }

    std::filesystem::path folder_;
};

/// The lab's second slapd with another certificate: it would grant alice.
class SlapdWithCertificate
{
public:
    SlapdWithCertificate(const std::string& certificate, const std::string& key)
        : folder_(Lab::current().folder() / "faults/slapd"),
          ldap_(uri("ldap", "ldap-2")),
          ldaps_(uri("ldaps", "ldaps-2"))
    {
        std::filesystem::create_directories(folder_);
        write_file(folder_ / "slapd.conf", configuration(certificate, key));
        process_.emplace(std::vector<std::string>{"slapd", "-f", (folder_ / "slapd.conf").string(), "-d", "0", "-h",
                                                  ldap_ + " " + ldaps_},
                         Lab::current().folder() / "log/slapd-certificate.log");
        if (!eventually(30s, [] { return port_opens(Lab::current().place("ldaps-2")); }))
            throw std::runtime_error("slapd: " + process_->log());
    }

private:
    static std::string uri(const std::string& scheme, const char* port)
    {
        const Place place = Lab::current().place(port);
        return scheme + "://" + place.host + ":" + std::to_string(place.port);
    }
    static bool port_opens(const Place& place)
    {
        try {
            const Connection connection(place);
            return true;
        } catch (const ConnectionLost&) {
            return false;
        }
    }
    std::string configuration(const std::string& certificate, const std::string& key) const
    {
        std::istringstream lines(read_file(Lab::current().folder() / "slapd-2/slapd.conf"));
        std::string text;
        for (std::string line; std::getline(lines, line);) {
            if (line.starts_with("TLSCertificateFile"))
                line = "TLSCertificateFile " + certificate;
            if (line.starts_with("TLSCertificateKeyFile"))
                line = "TLSCertificateKeyFile " + key;
            if (line.starts_with("pidfile") || line.starts_with("argsfile"))
                continue;
            text += line + "\n";
        }
        return text;
    }

    std::filesystem::path folder_;
    std::string ldap_;
    std::string ldaps_;
    std::optional<Child> process_;
};

void require_refused(const std::string& mode, const std::string& certificate, const std::string& key,
                     const std::string& sentence)
{
    const SlapdWithCertificate slapd(certificate, key);
    const Place place = Lab::current().place(mode == "ldaps" ? "ldaps-2" : "ldap-2");
    const std::string server = place.host + ":" + std::to_string(place.port);
    const OwnAuthd authd("certificate", {.realms = realm_yaml(OpenLdapRealm{.servers = {server}, .tls_mode = mode})});
    const auto audit = authd.audit();
    for (int i = 0; i < 3; ++i) {
        const Reply reply =
            saslauthd_login(authd.door("saslauthd"), "imap", "alice", Lab::current().person("alice").password);
        INFO(mode << ": " << reply.words);
        CHECK(reply.told == Told::unavailable);
    }
    CHECK(saslauthd_login(authd.door("saslauthd"), "imap", "alice", "wrong").told == Told::unavailable);
    const auto status = authd.server(server);
    const std::string last_error(status.at("last_error").as_string());
    std::cout << "faults: " << mode << ": " << last_error << '\n';
    CHECK(last_error == sentence);
    CHECK_FALSE(status.at("usable").as_bool());
    INFO(authd.log());
    CHECK(authd.log().find("realm CAMPUS: " + server + ": " + sentence) != std::string::npos);
    for (const AuditLine& line : audit.lines(4)) {
        INFO(line.text());
        CHECK(line["reason"] == "directory-unavailable");
        CHECK(line["detail"].find(sentence) != std::string::npos);
    }
}

void require_refused_in_both_modes(const std::string& certificate, const std::string& key, const std::string& sentence)
{
    for (const std::string mode : {"ldaps", "starttls"})
        require_refused(mode, certificate, key, sentence);
}

/// The second slapd's data, which the tests' own slapd serves.
void make_second_slapd()
{
    const DirectoryServer second(2);
}
} // namespace

TEST_CASE("faults: a certificate for another name is refused, and status, log and audit name both names", "[openldap]")
{
    make_second_slapd();
    const CertificateOffice office;
    const std::string address = Lab::current().place("ldaps-2").host;
    require_refused_in_both_modes(office.certify("wrong-name", office.lab(), "DNS:dc-old.campus.example"), office.key(),
                                  "certificate is for dc-old.campus.example (expected " + address +
                                      "); issued by \"Campus lab CA\"");
}

TEST_CASE("faults: a certificate of an unknown issuer is refused, and status, log and audit name it", "[openldap]")
{
    make_second_slapd();
    const CertificateOffice office;
    require_refused_in_both_modes(
        office.certify("unknown-issuer", office.other(), "IP:" + Lab::current().place("ldaps-2").host), office.key(),
        "certificate has an unknown issuer, \"Other CA\" (expected one of " + office.lab().certificate.string() + ")");
}

TEST_CASE("faults: an expired certificate is refused, and status, log and audit say since when", "[openldap]")
{
    make_second_slapd();
    const CertificateOffice office;
    const std::string certificate = office.certify(
        "expired", office.lab(), "IP:" + Lab::current().place("ldaps-2").host, {"faketime", "-f", "-10d"});
    const std::string day =
        run({"sh", "-c",
             "date -u -d \"$(openssl x509 -noout -enddate -in \"$1\" | cut -d= -f2)\" '+%Y-%m-%d %H:%M UTC'", "sh",
             certificate})
            .out;
    REQUIRE(day.size() > 20);
    require_refused_in_both_modes(certificate, office.key(),
                                  "certificate expired on " + day.substr(0, day.size() - 1) +
                                      "; issued by \"Campus lab CA\"");
}

TEST_CASE("faults: the same slapd with a right certificate is trusted", "[openldap]")
{
    make_second_slapd();
    const CertificateOffice office;
    const Place place = Lab::current().place("ldaps-2");
    const SlapdWithCertificate slapd(office.certify("right", office.lab(), "IP:" + place.host), office.key());
    const OwnAuthd authd(
        "certificate",
        {.realms = realm_yaml(OpenLdapRealm{.servers = {place.host + ":" + std::to_string(place.port)}})});
    CHECK(saslauthd_login(authd.door("saslauthd"), "imap", "alice", Lab::current().person("alice").password).told ==
          Told::granted);
}

} // namespace gatehouse::integration
