#pragma once

#include "base/blocking_pool.hpp"
#include "kerberos/as_check.hpp"
#include "support/lab.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::integration
{

/// Asks a PasswordCheck by Kerberos as logins do, many at once on one worker's thread. Not thread-safe.
class Asking
{
public:
    /// Throws std::runtime_error when the settings are refused.
    explicit Asking(kerberos::AsSettings settings);

    struct Told {
        PasswordAnswer answer;
        Trail trail;
        std::chrono::milliseconds took{0};
    };

    /// `password` may hold any bytes but NUL.
    Told about(const Person& person, const std::string& password,
               std::chrono::milliseconds time = std::chrono::seconds(20));
    /// The person of that name, of whom nothing is known.
    Told about(const std::string& name, const std::string& password,
               std::chrono::milliseconds time = std::chrono::seconds(20));
    /// By a login name, as a client sends it.
    Told login(const std::string& given, const std::string& password,
               std::chrono::milliseconds time = std::chrono::seconds(20));
    /// All at the same time.
    std::vector<Told> about_all(const std::vector<Person>& people, const std::string& password,
                                std::chrono::milliseconds time);

    kerberos::KerberosCheck& check() { return *check_; }
    /// Threads of the pool that are taken now.
    std::size_t threads_taken() const { return network_.under_way(); }

private:
    template <class Ask>
    Told run(Ask ask, const std::string& password, std::chrono::milliseconds time);

    BlockingPool network_{"tests", 4, 64};
    std::shared_ptr<kerberos::KerberosCheck> check_;
    boost::asio::io_context io_;
};

/// The lab's MIT KDC, and its people.
kerberos::AsSettings mit_settings();
/// The same people and keytab, at the KDC that only poses as the realm's.
kerberos::AsSettings impostor_settings();
/// The lab's first domain controller. `keytab` is written anew by the first call of the process.
kerberos::AsSettings samba_settings();

/// A person of whom the directory says nothing.
Person nobody_in_particular(const std::string& name);
/// Whom the directory has given this state, in the words of people.json.
Person in_state(const std::string& name, const std::string& state);

} // namespace gatehouse::integration
