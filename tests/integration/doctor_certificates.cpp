// What a domain controller shows that must not be trusted, or not for long.
#include "doctor_lab.hpp"

#include <catch2/catch.hpp>

namespace gatehouse::integration
{

namespace
{
namespace fs = std::filesystem;

void must(const std::vector<std::string>& argv)
{
    if (const Output output = run(argv); !output.ok())
        throw std::runtime_error(argv[0] + ": " + output.text());
}

fs::path office()
{
    const fs::path folder = Lab::current().folder() / "doctor/certificates";
    fs::create_directories(folder);
    return folder;
}

struct Signer {
    fs::path certificate;
    fs::path key;
};

Signer lab_authority()
{
    const fs::path ca = Lab::current().folder() / "ca";
    return {ca / "ca.pem", ca / "ca.key"};
}

/// `before`: what stands before openssl, such as another date.
Signer make_authority(const std::string& name, const std::vector<std::string>& before)
{
    const Signer made{office() / (name + ".pem"), office() / (name + ".key")};
    std::vector<std::string> argv = before;
    argv.insert(argv.end(),
                {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                 "-days", "30", "-subj", "/O=Campus lab/CN=" + name, "-addext", "basicConstraints=critical,CA:TRUE",
                 "-keyout", made.key.string(), "-out", made.certificate.string()});
    must(argv);
    return made;
}

Signer certify(const std::string& name, const Signer& by, const std::string& extensions, const std::string& days)
{
    const Signer made{office() / (name + ".pem"), office() / (name + ".key")};
    const fs::path request = office() / (name + ".csr");
    const fs::path file = office() / (name + ".ext");
    write_file(file, extensions);
    must({"openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
          "/O=Campus lab/CN=" + name, "-keyout", made.key.string(), "-out", request.string()});
    must({"openssl", "x509", "-req", "-in", request.string(), "-CA", by.certificate.string(), "-CAkey", by.key.string(),
          "-CAcreateserial", "-days", days, "-extfile", file.string(), "-out", made.certificate.string()});
    return made;
}

/// The domain controller with another certificate, for as long as this lives.
class DomainControllerWith
{
public:
    explicit DomainControllerWith(const Signer& certificate)
    {
        for (const char* const part : {"pem", "key"})
            fs::copy_file(in_lab(part), kept(part), fs::copy_options::overwrite_existing);
        show(certificate);
    }
    ~DomainControllerWith()
    {
        const PutBack back([] { show({kept("pem"), kept("key")}); });
    }
    DomainControllerWith(const DomainControllerWith&) = delete;
    DomainControllerWith& operator=(const DomainControllerWith&) = delete;

private:
    static fs::path in_lab(const std::string& part) { return Lab::current().folder() / "ca" / ("dc1." + part); }
    static fs::path kept(const std::string& part) { return office() / ("kept." + part); }
    static void show(const Signer& certificate)
    {
        domain_must({"down"});
        fs::copy_file(certificate.certificate, in_lab("pem"), fs::copy_options::overwrite_existing);
        fs::copy_file(certificate.key, in_lab("key"), fs::copy_options::overwrite_existing);
        fs::permissions(in_lab("key"), fs::perms(0600));     // Samba takes no other
        domain_must({"up"}, {{"LDAPTLS_REQCERT", "never"}}); // its own wait for a bind shall not judge
    }
};

const std::string for_dc1 = "subjectAltName=DNS:dc1.campus.example,DNS:campus.example\nextendedKeyUsage=serverAuth\n";

} // namespace

TEST_CASE("doctor: an authority that has expired is found, and told from an expired server", "[doctor]")
{
    require_sound();
    const Signer expired = make_authority("Expired CA", {"faketime", "-f", "-60d"});
    const DomainControllerWith shown(certify("under-expired", expired, for_dc1, "90"));
    const Diagnosis found = examine({.ca = expired.certificate});
    INFO(found.text);
    CHECK(found.tells("certificate", "fault", "certificate of the issuer \"Expired CA\" expired on",
                      "renew the certificate of the authority"));
    CHECK(found.only({"certificate"}));
}

TEST_CASE("doctor: a certificate for another name is found", "[doctor]")
{
    require_sound();
    const DomainControllerWith shown(
        certify("dc-old", lab_authority(), "subjectAltName=DNS:dc-old.campus.example\n", "90"));
    const Diagnosis found = examine();
    INFO(found.text);
    CHECK(found.tells("certificate", "fault", "certificate is for dc-old.campus.example (expected dc1.campus.example)",
                      "DNS:dc1.campus.example"));
    CHECK(found.only({"certificate"}));
}

TEST_CASE("doctor: an incomplete chain is found, and which issuer is missing", "[doctor]")
{
    require_sound();
    const Signer middle = certify("Campus middle CA", lab_authority(),
                                  "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n", "90");
    const DomainControllerWith shown(certify(
        "alone", middle, for_dc1 + "authorityInfoAccess=caIssuers;URI:http://pki.campus.example/middle.crt\n", "90"));
    const Diagnosis found = examine();
    INFO(found.text);
    CHECK(found.tells("certificate", "fault", "unknown issuer, \"Campus middle CA\"",
                      "let the server send the certificate of \\\"Campus middle CA\\\""));
    CHECK(found.tells("certificate", "fault", "", "http://pki.campus.example/middle.crt"));
    CHECK(found.only({"certificate"}));
}

TEST_CASE("doctor: a certificate that ends soon is found while it is still taken", "[doctor]")
{
    require_sound();
    const DomainControllerWith shown(certify("short", lab_authority(), for_dc1, "7"));
    const Diagnosis found = examine();
    INFO(found.text);
    CHECK(found.tells("certificate", "warning", "expires in 6 days", "renew it"));
    CHECK(found.status == 1);
    CHECK(found.only({"certificate"}));
}

} // namespace gatehouse::integration
