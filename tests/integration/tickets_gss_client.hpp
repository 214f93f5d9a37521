#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::integration
{

/// The client's side of a GSSAPI security context, by MIT's library. Errors are std::runtime_error with the library's
/// words. Used by one thread at a time.
class GssClient
{
public:
    enum class Mechanism { kerberos, spnego, ntlm };
    enum class Name { of_host, principal };
    struct Wishes {
        Mechanism mechanism = Mechanism::kerberos;
        Name name = Name::of_host; ///< how the service is called
        bool mutual = true;        ///< the server proves itself, too; else the context stands after one token
    };

    /// `service`: such as "imap@localhost", or a principal with its realm, for which nothing is looked up. `cache`: the
    /// ticket cache, such as FILE:/run/cc; the configuration of libkrb5 comes from the environment (KRB5_CONFIG).
    GssClient(const std::string& service, const std::string& cache, Wishes wishes);
    GssClient(const std::string& service, const std::string& cache) : GssClient(service, cache, Wishes{}) {}
    /// Of NTLM, raw or inside of SPNEGO. `login`: DOMAIN\user.
    GssClient(const std::string& service, const std::string& login, const std::string& password, Mechanism mechanism);
    ~GssClient();
    GssClient(const GssClient&) = delete;
    GssClient& operator=(const GssClient&) = delete;

    /// The next token for the server; `token`: what the server sent, empty at the beginning.
    std::string step(std::string_view token);
    bool established() const;
    std::string wrap(std::string_view message);
    std::string unwrap(std::string_view message);
    /// A signature without the message (a MIC).
    std::string sign(std::string_view message);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The client's last message of SASL's GSSAPI (RFC 4752 section 3.1), to be wrapped: the mask of layers, no size, whom
/// to act for.
std::string gss_layer(char mask, std::string_view authzid = {});

} // namespace gatehouse::integration
