#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace gatehouse
{

/// A folder with a certificate for localhost that signs itself, ends in an hour and goes with this object.
class ScratchCertificate
{
public:
    ScratchCertificate()
    {
        std::filesystem::create_directories(folder_);
        const std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)> key(::EVP_EC_gen("P-256"), &::EVP_PKEY_free);
        const std::unique_ptr<X509, decltype(&::X509_free)> certificate(::X509_new(), &::X509_free);
        ::X509_set_version(certificate.get(), X509_VERSION_3);
        ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate.get()), ++made_);
        ::X509_gmtime_adj(::X509_getm_notBefore(certificate.get()), -60);
        ::X509_gmtime_adj(::X509_getm_notAfter(certificate.get()), 3600);
        ::X509_set_pubkey(certificate.get(), key.get());
        X509_NAME* const name = ::X509_get_subject_name(certificate.get());
        ::X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1,
                                     -1, 0);
        ::X509_set_issuer_name(certificate.get(), name);
        X509_EXTENSION* const names = ::X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost");
        ::X509_add_ext(certificate.get(), names, -1);
        ::X509_EXTENSION_free(names);
        if (::X509_sign(certificate.get(), key.get(), ::EVP_sha256()) == 0)
            throw std::runtime_error("no certificate could be made");
        write(chain(), [&](std::FILE* file) { return ::PEM_write_X509(file, certificate.get()); });
        write(this->key(), [&](std::FILE* file) {
            return ::PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        });
    }
    ~ScratchCertificate() { std::filesystem::remove_all(folder_); }
    ScratchCertificate(const ScratchCertificate&) = delete;
    ScratchCertificate& operator=(const ScratchCertificate&) = delete;

    const std::filesystem::path& folder() const { return folder_; }
    std::string chain() const { return folder_ / "chain.pem"; }
    std::string key() const { return folder_ / "key.pem"; }

private:
    template <class Write>
    static void write(const std::string& name, Write write_to)
    {
        std::FILE* const file = std::fopen(name.c_str(), "w");
        if (file == nullptr || write_to(file) != 1 || std::fclose(file) != 0)
            throw std::runtime_error(name + " cannot be written");
    }

    static inline int made_ = 0;
    std::filesystem::path folder_ = std::filesystem::temp_directory_path() /
                                    ("gatehouse-edge-" + std::to_string(::getpid()) + "-" + std::to_string(made_));
};

} // namespace gatehouse
