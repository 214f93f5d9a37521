#pragma once

#include "auxprop/auxprop.hpp"
#include "canon_user/canon_user.hpp"

#include <sasl/prop.h>
#include <sasl/sasl.h>

#include <array>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace gatehouse::test
{

/// A server of ours that uses the real libsasl2, with the plugins added as if they had been found in its folder. One
/// connection of one client.
class SaslHost
{
public:
    using Options = std::map<std::string, std::string>;

    explicit SaslHost(Options options, const char* service = "imap") : options_(std::move(options))
    {
        start_library();
        options_.try_emplace("canon_user_plugin", "gatehouse");
        options_.try_emplace("auxprop_plugin", "gatehouse");
        options_.try_emplace("pwcheck_method", "saslauthd"); // asked after on_password refused
        options_.try_emplace("saslauthd_path", "/nowhere");
        if (sasl_server_new(service, "imap.campus.example", nullptr, "192.0.2.9;143", "192.0.2.1;40000",
                            callbacks_.data(), 0, &connection_) != SASL_OK)
            throw std::runtime_error("sasl_server_new");
    }
    ~SaslHost() { sasl_dispose(&connection_); }
    SaslHost(const SaslHost&) = delete;
    SaslHost& operator=(const SaslHost&) = delete;

    /// EXTERNAL: the host has proved `name` before.
    int external(const std::string& name, const std::string& authzid = {})
    {
        sasl_setprop(connection_, SASL_AUTH_EXTERNAL, name.c_str());
        return start("EXTERNAL", authzid);
    }
    int plain(const std::string& name, const std::string& password, const std::string& authzid = {})
    {
        return start("PLAIN", authzid + '\0' + name + '\0' + password);
    }
    int check_password(const std::string& name, const std::string& password)
    {
        return sasl_checkpass(connection_, name.c_str(), static_cast<unsigned>(name.size()), password.c_str(),
                              static_cast<unsigned>(password.size()));
    }
    int start(const char* mechanism, const std::string& initial)
    {
        const char* out = nullptr;
        unsigned length = 0;
        return sasl_server_start(connection_, mechanism, initial.data(), static_cast<unsigned>(initial.size()), &out,
                                 &length);
    }

    /// Who is logged in.
    std::string user() const
    {
        const void* name = nullptr;
        return sasl_getprop(connection_, SASL_USERNAME, &name) == SASL_OK ? static_cast<const char*>(name) : "";
    }
    std::string error() const { return sasl_errdetail(connection_); }

    void request(std::vector<const char*> properties)
    {
        properties.push_back(nullptr);
        sasl_auxprop_request(connection_, properties.data());
    }
    std::vector<std::string> property(const std::string& name) const
    {
        std::vector<std::string> values;
        for (const propval* one = prop_get(sasl_auxprop_getctx(connection_)); one != nullptr && one->name != nullptr;
             ++one)
            for (const char** value = one->values; name == one->name && value != nullptr && *value != nullptr; ++value)
                values.emplace_back(*value);
        return values;
    }

    std::string log;                         ///< what the plugins and libsasl2 wrote
    std::vector<std::string> passwords_of{}; ///< for which names a password was checked

private:
    static void start_library()
    {
        static const int started = [] {
            sasl_server_init(nullptr, "gatehouse-unit");
            sasl_canonuser_add_plugin("gatehouse_canon", sasl_plugins::init_canon_user);
            return sasl_auxprop_add_plugin("gatehouse_auxprop", sasl_plugins::init_auxprop);
        }();
        if (started != SASL_OK)
            throw std::runtime_error("the plugins cannot be added to libsasl2");
    }

    static int on_option(void* self, const char*, const char* option, const char** result, unsigned* length)
    {
        const Options& options = static_cast<SaslHost*>(self)->options_;
        const auto found = options.find(option);
        if (found == options.end())
            return SASL_FAIL;
        *result = found->second.c_str();
        if (length != nullptr)
            *length = static_cast<unsigned>(found->second.size());
        return SASL_OK;
    }
    static int on_log(void* self, int, const char* text)
    {
        static_cast<SaslHost*>(self)->log += std::string(text) + '\n';
        return SASL_OK;
    }
    /// The password "right" is everybody's.
    static int on_password(sasl_conn_t*, void* self, const char* user, const char* password, unsigned length, propctx*)
    {
        static_cast<SaslHost*>(self)->passwords_of.emplace_back(user);
        return std::string(password, length) == "right" ? SASL_OK : SASL_BADAUTH;
    }

    template <class Function>
    static sasl_callback_ft plain_pointer(Function* function)
    {
        return reinterpret_cast<sasl_callback_ft>(
            reinterpret_cast<void*>(function)); // libsasl2 casts it back by its id
    }

    Options options_;
    std::array<sasl_callback_t, 4> callbacks_{{
        {SASL_CB_GETOPT, plain_pointer(on_option), this},
        {SASL_CB_LOG, plain_pointer(on_log), this},
        {SASL_CB_SERVER_USERDB_CHECKPASS, plain_pointer(on_password), this},
        {SASL_CB_LIST_END, nullptr, nullptr},
    }};
    sasl_conn_t* connection_ = nullptr;
};

} // namespace gatehouse::test
