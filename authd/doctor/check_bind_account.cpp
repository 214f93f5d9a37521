// The account that searches: is it let in, for how long, and with no more rights than it needs? Also what servers
// demand of binds (signing, channel binding), which shows there.
#include "doctor/check.hpp"
#include "doctor/cures.hpp"

#include "directory/ad_person.hpp"
#include "directory/bind_verdict.hpp"
#include "directory/number.hpp"

#include <algorithm>

namespace gatehouse::doctor
{

namespace
{
constexpr std::chrono::days soon{14};
constexpr std::uint32_t password_never_expires = 0x10000; // MS-ADTS section 2.2.16

Cure enable(Make make, const std::string& account)
{
    return {make == Make::samba ? "samba-tool user enable " + account : "Enable-ADAccount " + account};
}

/// What to do about a refused bind, by its reason.
Cure cure_of(Examination& examination, const directory::LdapResult& result)
{
    const directory::BindAccount& bind = examination.ldap().bind;
    const std::string name = bind.dn.substr(0, bind.dn.find('@'));
    const Make make = examination.make();
    const Cure secret{"write the account's password into " + bind.password_file +
                      " (first line); authd takes it at once, no reload is needed"};
    if (result.code == LDAP_STRONG_AUTH_REQUIRED || result.code == LDAP_CONFIDENTIALITY_REQUIRED)
        return {"set directory.tls.mode to ldaps or starttls"};
    if (examination.active_directory() == nullptr)
        return result.code == LDAP_INVALID_CREDENTIALS
                   ? Cure{secret.front(),
                          "check directory.bind.dn; the server says the same of a DN that does not exist"}
                   : Cure{"see the server's log"};
    switch (directory::judge_ad_bind(result).reason) {
    case Reason::wrong_password: return {secret.front(), "check directory.bind.dn"};
    case Reason::account_disabled: return enable(make, name);
    case Reason::account_expired:
        return {make == Make::samba ? "samba-tool user setexpiry " + name + " --noexpiry"
                                    : "Clear-ADAccountExpiration " + name};
    case Reason::password_expired:
    case Reason::must_change_password:
        return {make == Make::samba ? "samba-tool user setexpiry " + name + " --noexpiry"
                                    : "Set-ADUser " + name + " -PasswordNeverExpires $true",
                "set a new password, and " + secret.front()};
    case Reason::account_locked:
        return {make == Make::samba ? "samba-tool user unlock " + name : "Unlock-ADAccount " + name,
                "find out who else uses the account: authd alone should"};
    default:
        if (result.diagnostic.find("80090346") != std::string::npos)
            return {"on the domain controllers set the policy \"LDAP server channel binding token requirements\" to "
                    "When supported (LdapEnforceChannelBinding 1)"};
        return {"see the account's entry and the server's log"};
    }
}

std::string refusal(const directory::LdapResult& result)
{
    return "the account is refused: " + directory::explain_bind_error(result);
}

void judge_binds(Examination& examination, Report& report)
{
    const std::string& dn = examination.ldap().bind.dn;
    for (const Server& server : examination.servers()) {
        if (!server.bound)
            continue;
        if (server.bound->code == LDAP_SUCCESS)
            report.ok(dn, "is let in by " + server.name);
        else
            report.fault(dn + " at " + server.name, refusal(*server.bound), cure_of(examination, *server.bound));
    }
    if (std::ranges::none_of(examination.servers(), [](const Server& server) { return server.bound.has_value(); }))
        report.skip("no server could be asked: see servers and certificate");
}

void judge_account(Examination& examination, Report& report)
{
    const std::string& bind_name = examination.ldap().bind.dn;
    const auto& account = examination.account();
    if (!account) {
        report.warn(bind_name, "the account does not find its own entry, so its state and rights are not known",
                    {"write directory.bind.dn as its userPrincipalName or DN"});
        return;
    }
    const bool samba = examination.make() == Make::samba;
    const directory::Entry& entry = account->entry;
    const auto control = static_cast<std::uint32_t>(
        directory::parse_number<std::int64_t>(entry.first("userAccountControl")).value_or(0));
    const auto ends = (control & password_never_expires) != 0
                          ? std::nullopt
                          : directory::parse_file_time(entry.first("msDS-UserPasswordExpiryTimeComputed"));
    const auto now = std::chrono::system_clock::now();
    if (ends && *ends - now < soon)
        report.warn(account->dn,
                    "its password expires in " +
                        std::to_string(std::chrono::floor<std::chrono::days>(*ends - now).count()) +
                        " days; then nobody is found any more",
                    {samba ? "samba-tool user setexpiry " + account->name + " --noexpiry"
                           : "Set-ADUser " + account->name + " -PasswordNeverExpires $true"});
    if (const auto expires = directory::parse_file_time(entry.first("accountExpires"));
        expires && *expires - now < soon)
        report.warn(account->dn, "the account expires within two weeks",
                    {samba ? "samba-tool user setexpiry " + account->name + " --noexpiry"
                           : "Clear-ADAccountExpiration " + account->name});
    if (entry.first("adminCount") == "1")
        report.warn(
            account->dn, "the account is an administrator's; reading is all that authd does",
            {"take it out of every group but Domain Users, and grant it what it needs:", delegation(examination)});
}
} // namespace

void check_bind_account(Examination& examination, Report& report)
{
    if (examination.ldap().bind.dn.empty()) {
        report.ok({}, "the directory is searched anonymously");
        return;
    }
    judge_binds(examination, report);
    if (examination.active_directory() != nullptr && examination.working() != nullptr)
        judge_account(examination, report);
}

} // namespace gatehouse::doctor
