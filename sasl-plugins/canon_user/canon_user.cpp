// libgatehouse_canon - people whom Cyrus SASL proves inside a server pass Gatehouse's Gate
//
// SYNOPSIS
//     canon_user_plugin: gatehouse
//     gatehouse_socket: /run/gatehouse/sasl-imap        in the host's SASL configuration
//
// DESCRIPTION
//     Cyrus SASL (2.1.28) asks a canon_user plugin to make each name canonical. This one asks authd:
//
//     the name                                          what is asked      what comes back
//     authid, proved by GSSAPI or GSS-SPNEGO            admit (audited)    the mailbox name, or a refusal
//     authid of PLAIN, LOGIN or a plain password check  find               the mailbox name, or the name as it was
//     given authzid                                           find               the same EXTERNAL, ANONYMOUS nothing
//     the name as it was given authid of any other mechanism                     nothing            SASL_NOAUTHZ
//
//     A password comes after its name: plain.c and login.c have the name made canonical first and call checkpass then.
//     Nothing is proved yet, although they pass SASL_CU_EXTERNALLY_VERIFIED. So nothing is admitted here: authd's
//     saslauthd door checks the password, admits, and writes the one audit line. A name that is nobody's goes on as it
//     is, so that it is refused there, in the time and with the words of a wrong password; to that end each look-up
//     takes a multiple of 20 ms. The mailbox name takes the place of the given one only if it is a login name of the
//     same person: it is what the password is checked for.
//
//     gssapi.c has an authzid made canonical before the authid, with the same flags: nothing but the ticket's own name
//     is ever admitted. Whether one may act for the other is the host's to decide (Cyrus: admins, proxyservers;
//     Postfix: never; slapd: authz-policy), by the canonical names of both.
//
//     What checks shared secrets of its own (SCRAM, CRAM-MD5, DIGEST-MD5, OTP, SRP) does so after this call and asks
//     nobody again: it would let people in whom nobody admitted, and is refused. GS2 asks with the flags of a password
//     check, from which it cannot be told apart, and is refused, too.
//
// OPTIONS
//     gatehouse_socket      a native listener of authd with may_admit and may_find (/run/gatehouse/native)
//     gatehouse_service     the service to ask for (that of the host's connection: imap, pop, sieve, smtp, ldap)
//     gatehouse_realm       the realm of names without one; needed where authd's default realm is not the one of the
//                           host's default Kerberos realm (none)
//     gatehouse_timeout     seconds to wait for authd, 1 to 300 (20)
//     gatehouse_find        no: names that nothing has proved stay as they were given; may_find is not needed (yes)
//     gatehouse_mechanisms  mechanisms that prove people. Add EXTERNAL where client certificates are people's, and not
//                           where it is how root reaches slapd (GSSAPI GSS-SPNEGO)
//
// SECURITY
//     authd believes the host, which proved the ticket with its own keytab: give each host a listener of its own, with
//     `services` and peer uids. libsasl2 passes on a principal's name and nothing else of the ticket: authd finds the
//     person by that name, not by the PAC's SID. Where names of computers or of a trusted forest could collide with
//     people's, let authd run GSSAPI itself (Dovecot door). A proved name with a backslash is refused without asking:
//     MIT escapes characters of principals with it, and authd would read DOMAIN\user.
//
// DIAGNOSTICS
//     refused: account disabled, expired, its hours, its workstations    SASL_DISABLED
//     refused: password expired or to be changed                         SASL_EXPIRED
//     refused: anything else                                             SASL_NOAUTHZ
//     authd or its directory away, may_find missing                      SASL_UNAVAIL
//     Each is a line in the host's log; the cause of an outage stands there, and nothing that a client may not know is
//     told to one.
//
// BUGS
//     Whoever has a mailbox name that is not a login name of theirs (they were renamed, and the old name is somebody
//     else's now) meets the name that they typed after PLAIN and LOGIN, since saslauthd's protocol returns none.
//     A host's own canon_user callback comes first: Cyrus IMAP makes '@' of the last '%', in a principal's name, too.
#include "canon_user/canon_user.hpp"

#include "host/handles.hpp"
#include "host/host.hpp"

#include <chrono>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <thread>

namespace gatehouse::sasl_plugins
{

namespace
{

/// What stands behind a name when libsasl2 asks about it.
enum class Standing {
    proved,      ///< a mechanism has proved it: it is admitted or refused
    claimed,     ///< a password will be shown for it, at authd
    acted_for,   ///< an authzid, for which nothing is ever shown
    hosts_own,   ///< a name of the host's own making
    unsupported, ///< a mechanism after which nobody would be asked
};

bool is_hosts_own(std::string_view mechanism)
{
    return mechanism == "EXTERNAL" || mechanism == "ANONYMOUS";
}

Standing standing_of(unsigned flags, const std::string& mechanism, const Settings& settings)
{
    const bool proves = settings.proves(mechanism);
    if ((flags & SASL_CU_AUTHID) == 0)
        return is_hosts_own(mechanism) && !proves ? Standing::hosts_own : Standing::acted_for;
    if (proves)
        // Without that flag it is sasl_checkpass, on a connection where the mechanism was tried before.
        return (flags & SASL_CU_EXTERNALLY_VERIFIED) != 0 ? Standing::proved : Standing::claimed;
    if (mechanism.empty() || mechanism == "PLAIN" || mechanism == "LOGIN")
        return Standing::claimed;
    return is_hosts_own(mechanism) ? Standing::hosts_own : Standing::unsupported;
}

int code_of_refusal(std::string_view told)
{
    if (told == "account-disabled" || told == "account-expired" || told == "logon-hours" || told == "workstation")
        return SASL_DISABLED;
    if (told == "password-expired" || told == "must-change-password")
        return SASL_EXPIRED;
    return SASL_NOAUTHZ;
}

std::string text_or(const char* text, const char* otherwise)
{
    return *text != '\0' ? text : otherwise;
}

/// Ends at the next step of a grid after its beginning. A stranger's name may take authd a question at the directory,
/// and a known one a second look: who tries passwords shall not learn from that which names are somebody's.
class EvenTime
{
public:
    explicit EvenTime(bool wanted) : wanted_(wanted) {}
    ~EvenTime()
    {
        if (wanted_)
            std::this_thread::sleep_until(began_ + ((Clock::now() - began_) / step + 1) * step);
    }
    EvenTime(const EvenTime&) = delete;
    EvenTime& operator=(const EvenTime&) = delete;

private:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::milliseconds step{20};

    const bool wanted_;
    const Clock::time_point began_ = Clock::now();
};

/// One question of libsasl2's: a name, and where the canonical one goes.
struct Question {
    const Host& host;
    const Settings& settings;
    std::string name;
    char* out;
    unsigned out_max;
    unsigned* out_length;

    int answer(std::string_view canonical) const { return write_name(canonical, out, out_max, out_length); }
};

class CanonUser
{
public:
    CanonUser()
    {
        plugin_.name = name_;
        plugin_.glob_context = this;
        plugin_.canon_user_free = [](void* self, const sasl_utils_t*) { delete static_cast<CanonUser*>(self); };
        plugin_.canon_user_server = on_server;
        plugin_.canon_user_client = on_client;
    }
    CanonUser(const CanonUser&) = delete;
    CanonUser& operator=(const CanonUser&) = delete;
    ~CanonUser() = default;

    sasl_canonuser_plug_t* plugin() { return &plugin_; }

private:
    static int on_server(void* self, sasl_server_params_t* connection, const char* user, unsigned length,
                         unsigned flags, char* out, unsigned out_max, unsigned* out_length);
    static int on_client(void* self, sasl_client_params_t* connection, const char* user, unsigned length,
                         unsigned flags, char* out, unsigned out_max, unsigned* out_length);

    int canonical(const Question& question, unsigned flags);
    int admit(const Question& question, const std::string& mechanism);
    int find(const Question& question, Standing standing);
    static int outage(const Question& question, const gh_answer& answer);

    Handles handles_;
    char name_[sizeof "gatehouse"] = "gatehouse"; // libsasl2 wants it writable
    sasl_canonuser_plug_t plugin_{};
};

int CanonUser::on_server(void* self, sasl_server_params_t* connection, const char* user, unsigned length,
                         unsigned flags, char* out, unsigned out_max, unsigned* out_length)
try {
    if (self == nullptr || connection == nullptr || connection->utils == nullptr || user == nullptr || out == nullptr)
        return SASL_BADPARAM;
    const std::string_view name = trimmed(user, length);
    if (name.empty() || name.find('\0') != std::string_view::npos)
        return SASL_BADPROT;
    const Host host(*connection);
    const Settings settings = host.settings();
    return static_cast<CanonUser*>(self)->canonical({host, settings, std::string(name), out, out_max, out_length},
                                                    flags);
} catch (const std::bad_alloc&) {
    return SASL_NOMEM;
} catch (const std::exception&) {
    return SASL_FAIL;
}

/// Clients of libsasl2 in the same process (Postfix's smtp, slapd's syncrepl) name themselves as they like.
int CanonUser::on_client(void* /*self*/, sasl_client_params_t* /*connection*/, const char* user, unsigned length,
                         unsigned /*flags*/, char* out, unsigned out_max, unsigned* out_length)
{
    if (user == nullptr || out == nullptr)
        return SASL_BADPARAM;
    return write_name(trimmed(user, length), out, out_max, out_length);
}

int CanonUser::canonical(const Question& question, unsigned flags)
{
    const std::string mechanism = question.host.mechanism();
    const Standing standing = standing_of(flags, mechanism, question.settings);
    switch (standing) {
    case Standing::proved: return admit(question, mechanism);
    case Standing::claimed:
    case Standing::acted_for: return question.settings.find ? find(question, standing) : question.answer(question.name);
    case Standing::hosts_own: return question.answer(question.name);
    case Standing::unsupported: break;
    }
    question.host.log(SASL_LOG_ERR, "mechanism " + mechanism +
                                        " is refused: it proves people by itself, and authd could not admit them "
                                        "(leave it out of the mechanism list)");
    question.host.tell("login failed");
    return SASL_NOAUTHZ;
}

int CanonUser::admit(const Question& question, const std::string& mechanism)
{
    const Settings& settings = question.settings;
    if (question.name.find('\\') != std::string::npos) {
        question.host.log(SASL_LOG_NOTE,
                          mechanism + " login of " + question.name + " is refused: the name has a backslash");
        question.host.tell("login failed");
        return SASL_NOAUTHZ;
    }
    const auto authd = handles_.take(settings.socket);
    const gh_answer* answer = nullptr;
    switch (gh_admit(authd.get(), settings.service.c_str(), mechanism.c_str(), question.name.c_str(),
                     settings.realm.c_str(), question.host.client_address().c_str(), settings.timeout_ms, &answer)) {
    case GH_GRANTED: return question.answer(answer->mailbox);
    case GH_UNAVAILABLE: return outage(question, *answer);
    case GH_DENIED: break;
    }
    question.host.log(SASL_LOG_NOTE, mechanism + " login of " + question.name + " for " + settings.service +
                                         " is refused by authd: " + text_or(answer->told, "see its audit log"));
    question.host.tell(answer->text);
    return code_of_refusal(answer->told);
}

/// Nothing is proved: nobody is refused here, and nothing is learned from how or when this ends.
int CanonUser::find(const Question& question, Standing standing)
{
    const EvenTime even(standing == Standing::claimed);
    const Settings& settings = question.settings;
    const auto authd = handles_.take(settings.socket);
    const gh_answer* answer = nullptr;
    const auto ask = [&](const std::string& name) {
        return gh_find(authd.get(), name.c_str(), settings.realm.c_str(), settings.timeout_ms, &answer);
    };
    const gh_found found = ask(question.name);
    if (found == GH_NOT_KNOWN)
        return outage(question, *answer);
    if (found == GH_NOBODY)
        return question.answer(question.name);
    const std::string mailbox = answer->mailbox;
    if (standing == Standing::acted_for || mailbox == question.name)
        return question.answer(mailbox);

    // The password will be checked for what is answered here, so it must name the same person to authd.
    const std::string person = std::string(answer->realm) + '\n' + answer->id + '\n' + answer->name;
    const gh_found again = ask(mailbox);
    if (again == GH_NOT_KNOWN)
        return outage(question, *answer);
    if (again == GH_FOUND && std::string(answer->realm) + '\n' + answer->id + '\n' + answer->name == person)
        return question.answer(mailbox);
    question.host.log(SASL_LOG_NOTE, "the mailbox name " + mailbox + " of " + question.name +
                                         " is not a login name of the same person: the name stays as it was typed");
    return question.answer(question.name);
}

int CanonUser::outage(const Question& question, const gh_answer& answer)
{
    question.host.log(SASL_LOG_ERR, question.settings.socket + ": no answer about " + question.name + ": " +
                                        text_or(answer.detail, "authd answers that logins are unavailable"));
    question.host.tell("logins are temporarily unavailable");
    return SASL_UNAVAIL;
}

} // namespace

int init_canon_user(const sasl_utils_t* /*utils*/, int max_version, int* out_version, sasl_canonuser_plug_t** plugin,
                    const char* /*name*/)
try {
    if (out_version == nullptr || plugin == nullptr)
        return SASL_BADPARAM;
    if (max_version < SASL_CANONUSER_PLUG_VERSION)
        return SASL_BADVERS;
    *out_version = SASL_CANONUSER_PLUG_VERSION;
    *plugin = (new CanonUser)->plugin();
    return SASL_OK;
} catch (const std::exception&) {
    return SASL_NOMEM;
}

} // namespace gatehouse::sasl_plugins
