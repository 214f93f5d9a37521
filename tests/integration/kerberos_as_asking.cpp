#include "kerberos_as_asking.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <stdexcept>

namespace gatehouse::integration
{

namespace asio = boost::asio;

namespace
{
std::shared_ptr<kerberos::KerberosCheck> made(kerberos::AsSettings settings, BlockingPool& network)
{
    auto check = kerberos::make_as_check(std::move(settings), network);
    if (!check)
        throw std::runtime_error(check.error().text);
    return *check;
}

/// Awaits what `ask` makes, and writes down how it went. `secret` and the rest outlive the coroutine.
template <class Ask>
Awaitable<void> keep(Ask ask, const Secret& secret, Deadline deadline, Asking::Told& told)
{
    const Deadline began = Clock::now();
    told.trail.keep_steps = true;
    told.answer = co_await ask(secret, deadline, told.trail);
    told.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
}
} // namespace

Asking::Asking(kerberos::AsSettings settings) : check_(made(std::move(settings), network_)) {}

template <class Ask>
Asking::Told Asking::run(Ask ask, const std::string& password, std::chrono::milliseconds time)
{
    Told told;
    const Secret shown = secret(password);
    asio::co_spawn(io_, keep(std::move(ask), shown, Clock::now() + time, told), asio::detached);
    io_.restart();
    io_.run();
    return told;
}

Asking::Told Asking::about(const Person& person, const std::string& password, std::chrono::milliseconds time)
{
    return run([&](const Secret& shown, Deadline deadline,
                   Trail& trail) { return check_->check_password_of(person, shown, deadline, trail); },
               password, time);
}

Asking::Told Asking::about(const std::string& name, const std::string& password, std::chrono::milliseconds time)
{
    return about(nobody_in_particular(name), password, time);
}

Asking::Told Asking::login(const std::string& given, const std::string& password, std::chrono::milliseconds time)
{
    const LoginName name = parse_login_name(given).value();
    return run([&](const Secret& shown, Deadline deadline,
                   Trail& trail) { return check_->check_password(name, shown, Detail::name, deadline, trail); },
               password, time);
}

std::vector<Asking::Told> Asking::about_all(const std::vector<Person>& people, const std::string& password,
                                            std::chrono::milliseconds time)
{
    std::vector<Told> all(people.size());
    const Secret shown = secret(password);
    const Deadline deadline = Clock::now() + time;
    for (std::size_t i = 0; i < people.size(); ++i) {
        const auto ask = [this, &person = people[i]](const Secret& known, Deadline until, Trail& trail) {
            return check_->check_password_of(person, known, until, trail);
        };
        asio::co_spawn(io_, keep(ask, shown, deadline, all[i]), asio::detached);
    }
    io_.restart();
    io_.run();
    return all;
}

kerberos::AsSettings mit_settings()
{
    const auto shown = Lab::current().show("mit-kdc");
    return {
        .realm = "MIT", .kerberos_realm = shown.at("realm"), .kdcs = {shown.at("kdc")}, .keytab = shown.at("keytab")};
}

kerberos::AsSettings impostor_settings()
{
    kerberos::AsSettings settings = mit_settings();
    const std::string shown = Lab::current().must("mit-kdc", {"show", "--impostor"}).out;
    const std::size_t at = shown.find("\nkdc=") + 5;
    settings.kdcs = {shown.substr(at, shown.find('\n', at) - at)};
    return settings;
}

kerberos::AsSettings samba_settings()
{
    const Lab& lab = Lab::current();
    static const std::string keytab = [&] {
        std::string file = (lab.folder() / "samba.keytab").string();
        lab.must("samba-keytab", {"export", file});
        return file;
    }();
    return {.realm = "CAMPUS",
            .kerberos_realm = "CAMPUS.EXAMPLE",
            .kdcs = {lab.show("samba-ad").at("address")},
            .keytab = keytab};
}

Person nobody_in_particular(const std::string& name)
{
    Person person;
    person.name = name;
    return person;
}

Person in_state(const std::string& name, const std::string& state)
{
    Person person = nobody_in_particular(name);
    const WallTime past = std::chrono::system_clock::now() - std::chrono::hours(24);
    person.state.disabled = state == "account-disabled";
    person.state.locked = state == "account-locked";
    person.state.must_change_password = state == "must-change-password";
    if (state == "account-expired")
        person.state.expires = past;
    if (state == "password-expired")
        person.state.password_expires = past;
    if (state == "logon-hours")
        person.state.logon_hours.emplace();
    return person;
}

} // namespace gatehouse::integration
