// The keytab: can it be read by those who must, and by nobody else; are its keys those that the KDC makes tickets with?
#include "doctor/check.hpp"
#include "doctor/cures.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace gatehouse::doctor
{

namespace
{
/// The account that holds a service name, where that is known and it is the only one.
std::string holder_of(Examination& examination, const std::string& principal)
{
    if (examination.active_directory() == nullptr || examination.working() == nullptr)
        return {};
    const auto& holders = examination.holders(principal);
    return holders && holders->size() == 1 ? std::string(holders->front().first("sAMAccountName")) : "";
}

std::string types_of(const std::vector<KeytabKey>& keys)
{
    std::vector<std::string> names;
    for (const KeytabKey& key : keys)
        names.push_back(enctype_name(key.enctype));
    return text::join(names, ", ");
}

std::string version(std::uint32_t kvno)
{
    return "version " + std::to_string(kvno);
}

class KeyJudge
{
public:
    KeyJudge(Examination& examination, const KeytabFile& keytab, const std::string& principal, Report& report)
        : examination_(examination),
          keytab_(keytab),
          principal_(principal),
          account_(holder_of(examination, principal)),
          keys_(newest_keys(keytab, principal)),
          report_(report)
    {
    }

    void judge(const ServiceTicket& ticket)
    {
        const std::uint32_t ours = keys_.front().kvno;
        if (ticket.opens)
            judge_strength(ticket);
        else if (ours < ticket.kvno)
            fault("the KDC uses key " + version(ticket.kvno) + ", and the newest in " + keytab_.file + " is " +
                  version(ours) + ": the password of the account was changed after the keytab was made");
        else if (std::ranges::none_of(keys_, [&](const KeytabKey& key) { return key.kvno == ticket.kvno; }))
            fault("the KDC uses key " + version(ticket.kvno) + ", and " + keytab_.file + " has a newer one, " +
                  version(ours) +
                  ": the account was made anew or restored, or this KDC has not yet heard of the change");
        else if (std::ranges::none_of(keys_, [&](const KeytabKey& key) { return key.enctype == ticket.enctype; }))
            fault("the KDC uses " + enctype_name(ticket.enctype) + ", and " + keytab_.file + " has only " +
                  types_of(keys_) + " of " + version(ours));
        else
            fault("the KDC's ticket does not open, though " + version(ours) + " of " + enctype_name(ticket.enctype) +
                  " is in " + keytab_.file + ": it is another key (" + ticket.why_not_opens + ')');
    }

    void judge(const NoTicket& refusal)
    {
        const bool ad = examination_.active_directory() != nullptr && examination_.working() != nullptr;
        if (ad && examination_.holders(principal_) && examination_.holders(principal_)->size() != 1)
            report_.skip(principal_ + ": see spn"); // told there
        else if (refusal.unknown)
            report_.fault(principal_, "the KDC knows no such service",
                          add_service_name(examination_.make(), without_realm(principal_), account_));
        else if (refusal.weak)
            report_.fault(principal_, "the KDC and we have no key type in common: " + refusal.text,
                          allow_aes(examination_.make(), keytab_.file, principal_, account_));
        else
            report_.fault(principal_, "the KDC gives no ticket: " + refusal.text,
                          {"is the account" + (account_.empty() ? "" : ' ' + account_) + " disabled or expired?"});
    }

private:
    void fault(std::string text)
    {
        report_.fault(principal_, std::move(text), export_key(examination_.make(), keytab_.file, principal_, account_));
    }

    void judge_strength(const ServiceTicket& ticket)
    {
        if (is_weak(ticket.enctype) && !account_.empty()) {
            report_.skip(principal_ + ": see key-types"); // told there
            return;
        }
        if (is_weak(ticket.enctype) || std::ranges::all_of(keys_, [](const auto& key) { return is_weak(key.enctype); }))
            report_.warn(principal_,
                         "its only key is " + types_of(keys_) +
                             ", which domain controllers refuse by default from 2026 on and which can be guessed",
                         allow_aes(examination_.make(), keytab_.file, principal_, account_));
        else
            report_.ok(principal_, version(ticket.kvno) + ", " + enctype_name(ticket.enctype) + ", as the KDC has it");
    }

    Examination& examination_;
    const KeytabFile& keytab_;
    const std::string& principal_;
    std::string account_;
    std::vector<KeytabKey> keys_;
    Report& report_;
};

/// No ticket could be asked for: by the fault of the keytab's own keys, or of something that another check tells.
void tell_refused(Examination& examination, Report& report)
{
    const Error& why_not = examination.why_no_client();
    if (examination.refused_keys().empty() && why_not.kind == ErrorKind::invalid)
        report.warn(
            {}, "the KDC does not let the account that searches log in, so the keytab is not compared: " + why_not.text,
            {"compare by hand, with a ticket of your own: kvno SERVICE, and klist -kte KEYTAB"});
    else if (examination.refused_keys().empty())
        report.skip("no KDC could be asked for a ticket: " + why_not.text);
    for (const auto& [principal, keytab, why] : examination.refused_keys())
        report.fault(principal, "the KDC does not take the key in " + keytab + ": " + why,
                     export_key(examination.make(), keytab, principal, {}));
}
} // namespace

void check_keytab_file(Examination& examination, Report& report)
{
    const std::string& realm = examination.realm().names.kerberos_realm;
    if (examination.keytabs().empty())
        report.ok({}, "no keytab is configured");
    for (const KeytabFile& keytab : examination.keytabs()) {
        const std::string service = "host/NAME.OF.THIS.HOST@" + realm;
        if (!keytab.trouble.empty()) {
            Cure cure = export_key(examination.make(), keytab.file, service, {});
            cure.emplace_back("or is the name in the configuration right, and are you root?");
            report.fault(keytab.file, "cannot be read: " + keytab.trouble, std::move(cure));
        } else if (principals_of(keytab, realm).empty()) {
            report.fault(keytab.file, "holds no key of realm " + realm,
                         export_key(examination.make(), keytab.file, service, {}));
        } else if (keytab.rights_trouble.empty()) {
            report.ok(keytab.file, "can be read, by authd alone");
        }
        if (!keytab.rights_trouble.empty())
            report.fault(keytab.file, keytab.rights_trouble, keytab.rights_cure);
    }
}

void check_keytab_keys(Examination& examination, Report& report)
{
    bool any = false;
    for (const KeytabFile& keytab : examination.keytabs())
        for (const std::string& principal : principals_of(keytab, examination.realm().names.kerberos_realm)) {
            any = true;
            const auto* const ticket = examination.ticket(principal, keytab.file);
            if (ticket == nullptr) {
                tell_refused(examination, report);
                return;
            }
            KeyJudge judge(examination, keytab, principal, report);
            if (*ticket)
                judge.judge(**ticket);
            else
                judge.judge(ticket->error());
        }
    if (!any && examination.keytabs().empty())
        report.ok({}, "no keytab is configured");
    else if (!any)
        report.skip("no keys: see keytab");
}

} // namespace gatehouse::doctor
