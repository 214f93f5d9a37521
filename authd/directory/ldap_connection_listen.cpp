// How an LdapConnection carries searches that go on.
#include "directory/ldap_connection.hpp"
#include "directory/ldap_messages.hpp"

namespace gatehouse::directory
{

Result<int> LdapConnection::listen(const SearchRequest& request, const LdapControlValue& control,
                                   const std::string& told_by, LdapListener& listener)
{
    if (state_ != State::open)
        return unavailable(why_closed_);
    std::vector<char*> attributes;
    for (const std::string& name : request.attributes)
        attributes.push_back(const_cast<char*>(name.c_str()));
    attributes.push_back(nullptr);
    LDAPControl asked{const_cast<char*>(control.oid.c_str()), as_berval(control.value), 1};
    LDAPControl* controls[] = {&asked, nullptr};
    int id = 0;
    const int sent = ldap_search_ext(ldap_.get(), request.base.c_str(), LDAP_SCOPE_SUBTREE, request.filter.c_str(),
                                     attributes.data(), 0, control.oid.empty() ? nullptr : controls, nullptr, nullptr,
                                     LDAP_NO_LIMIT, &id);
    if (sent == LDAP_FILTER_ERROR)
        return invalid("the search filter " + request.filter + " does not parse");
    if (sent != LDAP_SUCCESS) {
        close("libldap cannot send a search: " + describe_result(sent));
        return unavailable(why_closed_);
    }
    listeners_.emplace(id, Listening{&listener, told_by});
    flush();
    return id;
}

void LdapConnection::listen_no_more(int id)
{
    if (listeners_.erase(id) == 0 || state_ != State::open)
        return;
    ldap_abandon_ext(ldap_.get(), id, nullptr, nullptr);
    flush();
}

void LdapConnection::deliver_to_listener(LDAPMessage* message)
{
    const auto found = listeners_.find(ldap_msgid(message));
    if (found == listeners_.end())
        return;
    LdapListener& listener = *found->second.listener;
    switch (ldap_msgtype(message)) {
    case LDAP_RES_SEARCH_ENTRY: {
        const std::string control = parse_entry_control(ldap_.get(), message, found->second.told_by);
        listener.entry(parse_entry(ldap_.get(), message), control);
        break;
    }
    case LDAP_RES_INTERMEDIATE: {
        char* oid = nullptr;
        berval* value = nullptr;
        if (ldap_parse_intermediate(ldap_.get(), message, &oid, &value, nullptr, 0) == LDAP_SUCCESS) {
            listener.intermediate(oid != nullptr ? oid : "", value != nullptr && value->bv_val != nullptr
                                                                 ? std::string_view(value->bv_val, value->bv_len)
                                                                 : std::string_view());
            ldap_memfree(oid);
            ber_bvfree(value);
        }
        break;
    }
    case LDAP_RES_SEARCH_REFERENCE: break;
    default: {
        listeners_.erase(found);
        LdapResult result;
        char* text = nullptr;
        if (ldap_parse_result(ldap_.get(), message, &result.code, nullptr, &text, nullptr, nullptr, 0) != LDAP_SUCCESS)
            result.code = LDAP_DECODING_ERROR;
        const LdapText owned(text);
        if (text != nullptr)
            result.diagnostic = text;
        listener.ended(std::move(result));
    }
    }
}

void LdapConnection::send_listeners_away()
{
    for (const auto& [id, listening] : std::exchange(listeners_, {}))
        listening.listener->ended(unavailable(why_closed_));
}

} // namespace gatehouse::directory
