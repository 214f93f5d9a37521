#pragma once

#include "base/async.hpp"
#include "base/deadline.hpp"
#include "base/secret.hpp"
#include "identity/feed.hpp"
#include "identity/login_name.hpp"
#include "identity/person.hpp"
#include "identity/reason.hpp"
#include "identity/verifiers.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse
{

/// What decided about a password.
enum class Source : std::uint8_t {
    none,          ///< nothing did: the login ended before
    directory,     ///< the directory, or the KDC, was asked
    proof,         ///< a good proof
    refused_proof, ///< the password is known to be wrong
    retired_proof, ///< the password was right until it was changed
    grace,         ///< a good proof, while the directory is away
    mirror,        ///< the mirror knows that there is no such person
    shield,        ///< the directory was not asked, to spare the account
    verifier,      ///< a SCRAM verifier that the realm keeps
};

/// The word of the audit line: `refused_proof` is "refused-proof"; empty for `none`.
std::string_view name_of(Source source);

/// What a login did on its way, for the audit line and `authctl check`. Belongs to one login; passed down by reference.
struct Trail {
    std::string server; ///< the directory server that answered last
    Source source = Source::none;
    std::string last{}; ///< what the verification itself has for the end of the client's exchange; empty: nothing
    std::string actor;  ///< who acts for the person (SASL's authzid); empty: the person
    bool old_password_window = false; ///< granted, though it may be the password before the present one
    bool keep_steps = false;          ///< collect `steps`
    std::vector<std::string> steps;   ///< one sentence each

    /// A sentence in parts: most logins keep none, and put none together.
    template <class... Parts>
    void step(const Parts&... parts)
    {
        if (keep_steps)
            (steps.emplace_back() += ... += parts);
    }
};

/// The answer to "who is this?".
struct Lookup {
    enum class Outcome { found, absent, ambiguous, unavailable };

    Outcome outcome = Outcome::absent;
    Person person{};                               ///< when found
    std::string detail{};                          ///< when ambiguous (the entries) or unavailable (server and reason)
    Reason reason = Reason::directory_unavailable; ///< when unavailable: an outage reason
};

/// The answer to "is this their password?". `reason` is `granted`, a refusal, or an outage.
struct PasswordAnswer {
    Reason reason = Reason::directory_unavailable;
    std::string detail{};           ///< for the administrator
    std::optional<Person> person{}; ///< when the person was found; `Person::known` says how much of it is true
    bool unproven = false; ///< a refusal that came before the password was checked, though its reason seems to prove it
};

/// Verifies passwords. An implementation makes one attempt that a directory could count per call, and a second one only
/// where the connection broke before the first was answered.
class PasswordCheck
{
public:
    virtual ~PasswordCheck() = default;

    /// `password` is not empty and stays valid until the coroutine ends, as do the other references. A person who does
    /// not exist costs about what a wrong password costs. `detail` is what the caller would like to know of the person;
    /// less may come (`Person::known`), never at the price of another attempt.
    virtual Awaitable<PasswordAnswer> check_password(const LoginName& name, const Secret& password, Detail detail,
                                                     Deadline deadline, Trail& trail) = 0;

    /// The same for a person whom the mirror knows already (`Detail::account`): no search, one attempt. The answer need
    /// not name the person.
    virtual Awaitable<PasswordAnswer> check_password_of(const Person& person, const Secret& password, Deadline deadline,
                                                        Trail& trail) = 0;
};

/// One server of a directory, as `authctl status` shows it.
struct ServerHealth {
    std::string server;
    bool usable = true;
    std::uint32_t consecutive_failures = 0;
    std::chrono::microseconds latency{0}; ///< moving average of answers
    std::string last_error{};
    std::uint64_t requests = 0;
    std::uint32_t connections = 0;
};

/// What a realm's people come from. Thread-safe: called from every worker; a coroutine resumes on its caller's
/// executor.
class Directory : public PasswordCheck
{
public:
    /// Finds the one person that `name` means in this realm.
    virtual Awaitable<Lookup> find(const LoginName& name, Detail detail, Deadline deadline, Trail& trail) = 0;

    /// Tells `sink` all people and groups, then every change, from a thread of the directory's own, until the directory
    /// ends. Called once, before anybody is asked for.
    virtual void follow(std::shared_ptr<FeedSink> sink) = 0;

    /// How near a person is to being locked out, as the directory says now. Error: an outage, or that it cannot be
    /// read.
    virtual Awaitable<Result<LockoutCount>> lockout_count(const Person& person, Deadline deadline, Trail& trail) = 0;

    /// Null: this directory keeps no SCRAM verifiers. Lives as long as the directory.
    virtual const VerifierSource* verifiers() const { return nullptr; }

    virtual std::vector<ServerHealth> health() const = 0;
    /// "active-directory", "openldap", "local".
    virtual std::string_view kind() const = 0;
};

} // namespace gatehouse
