#include "tickets_gss_client.hpp"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

#include <stdexcept>

namespace gatehouse::integration
{

namespace
{
gss_OID_desc spnego_oid{6, const_cast<char*>("\x2b\x06\x01\x05\x05\x02")};
gss_OID_desc ntlm_oid{10, const_cast<char*>("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a")};

gss_OID oid_of(GssClient::Mechanism mechanism)
{
    switch (mechanism) {
    case GssClient::Mechanism::spnego: return &spnego_oid;
    case GssClient::Mechanism::ntlm: return &ntlm_oid;
    case GssClient::Mechanism::kerberos: break;
    }
    return const_cast<gss_OID>(gss_mech_krb5);
}

gss_buffer_desc borrow(std::string_view bytes)
{
    return {bytes.size(), const_cast<char*>(bytes.data())};
}

std::string taken(gss_buffer_desc& buffer)
{
    std::string bytes(static_cast<const char*>(buffer.value), buffer.length);
    OM_uint32 minor = 0;
    gss_release_buffer(&minor, &buffer);
    return bytes;
}

void require(OM_uint32 major, OM_uint32 minor, const char* what)
{
    if (!GSS_ERROR(major))
        return;
    std::string words = what;
    for (const auto& [code, kind] : {std::pair{major, GSS_C_GSS_CODE}, std::pair{minor, GSS_C_MECH_CODE}}) {
        OM_uint32 more = 0;
        OM_uint32 ignored = 0;
        gss_buffer_desc text{};
        gss_display_status(&ignored, code, kind, GSS_C_NO_OID, &more, &text);
        words += ": " + taken(text);
    }
    throw std::runtime_error(words);
}
} // namespace

struct GssClient::State {
    gss_OID mechanism = GSS_C_NO_OID;
    gss_name_t server = GSS_C_NO_NAME;
    gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    OM_uint32 flags = GSS_C_INTEG_FLAG | GSS_C_SEQUENCE_FLAG;
    bool established = false;

    ~State()
    {
        OM_uint32 minor = 0;
        gss_delete_sec_context(&minor, &context, nullptr);
        gss_release_cred(&minor, &credential);
        gss_release_name(&minor, &server);
    }
};

GssClient::GssClient(const std::string& service, const std::string& cache, Wishes wishes)
    : state_(std::make_unique<State>())
{
    state_->mechanism = oid_of(wishes.mechanism);
    if (wishes.mutual)
        state_->flags |= GSS_C_MUTUAL_FLAG;
    OM_uint32 minor = 0;
    gss_buffer_desc name = borrow(service);
    const gss_OID form =
        wishes.name == Name::of_host ? GSS_C_NT_HOSTBASED_SERVICE : const_cast<gss_OID>(GSS_KRB5_NT_PRINCIPAL_NAME);
    require(gss_import_name(&minor, &name, form, &state_->server), minor, "name");
    gss_key_value_element_desc element{"ccache", cache.c_str()};
    const gss_key_value_set_desc store{1, &element};
    gss_OID_set_desc mechanisms{1, state_->mechanism};
    require(gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechanisms, GSS_C_INITIATE, &store,
                                  &state_->credential, nullptr, nullptr),
            minor, "credential");
}

GssClient::GssClient(const std::string& service, const std::string& login, const std::string& password,
                     Mechanism mechanism)
    : state_(std::make_unique<State>())
{
    state_->mechanism = oid_of(mechanism);
    state_->flags = GSS_C_INTEG_FLAG; // NTLM proves no server
    OM_uint32 minor = 0;
    gss_buffer_desc server = borrow(service);
    require(gss_import_name(&minor, &server, GSS_C_NT_HOSTBASED_SERVICE, &state_->server), minor, "name");
    gss_buffer_desc user = borrow(login);
    gss_name_t person = GSS_C_NO_NAME;
    require(gss_import_name(&minor, &user, GSS_C_NT_USER_NAME, &person), minor, "login");
    gss_buffer_desc secret = borrow(password);
    gss_OID_set_desc mechanisms{1, state_->mechanism};
    const OM_uint32 major = gss_acquire_cred_with_password(&minor, person, &secret, GSS_C_INDEFINITE, &mechanisms,
                                                           GSS_C_INITIATE, &state_->credential, nullptr, nullptr);
    OM_uint32 ignored = 0;
    gss_release_name(&ignored, &person);
    require(major, minor, "password");
    gss_OID_set_desc inside{1, &ntlm_oid};
    if (mechanism == Mechanism::spnego)
        require(gss_set_neg_mechs(&minor, state_->credential, &inside), minor, "mechanisms");
}

GssClient::~GssClient() = default;

std::string GssClient::step(std::string_view token)
{
    gss_buffer_desc input = borrow(token);
    gss_buffer_desc output{};
    OM_uint32 minor = 0;
    const OM_uint32 major = gss_init_sec_context(
        &minor, state_->credential, &state_->context, state_->server, state_->mechanism, state_->flags, 0,
        GSS_C_NO_CHANNEL_BINDINGS, token.empty() ? GSS_C_NO_BUFFER : &input, nullptr, &output, nullptr, nullptr);
    require(major, minor, "token");
    state_->established = major == GSS_S_COMPLETE;
    return taken(output);
}

bool GssClient::established() const
{
    return state_->established;
}

std::string GssClient::wrap(std::string_view message)
{
    gss_buffer_desc input = borrow(message);
    gss_buffer_desc output{};
    OM_uint32 minor = 0;
    require(gss_wrap(&minor, state_->context, 0, GSS_C_QOP_DEFAULT, &input, nullptr, &output), minor, "wrap");
    return taken(output);
}

std::string GssClient::unwrap(std::string_view message)
{
    gss_buffer_desc input = borrow(message);
    gss_buffer_desc output{};
    OM_uint32 minor = 0;
    require(gss_unwrap(&minor, state_->context, &input, &output, nullptr, nullptr), minor, "unwrap");
    return taken(output);
}

std::string GssClient::sign(std::string_view message)
{
    gss_buffer_desc input = borrow(message);
    gss_buffer_desc output{};
    OM_uint32 minor = 0;
    require(gss_get_mic(&minor, state_->context, GSS_C_QOP_DEFAULT, &input, &output), minor, "sign");
    return taken(output);
}

std::string gss_layer(char mask, std::string_view authzid)
{
    return std::string{mask, '\0', '\0', '\0'} + std::string(authzid);
}

} // namespace gatehouse::integration
