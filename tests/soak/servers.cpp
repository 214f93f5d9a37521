#include "soak/servers.hpp"

#include "soak/memory.hpp"
#include "soak/visitors.hpp"
#include "support/changes.hpp"
#include "support/eventually.hpp"

#include <signal.h>

#include <stdexcept>
#include <thread>

namespace gatehouse::soak
{

using namespace std::chrono_literals;
using integration::OwnAuthd;

namespace
{
const std::string name = "soak";

OwnAuthd::Wishes wishes()
{
    const std::string folder = (integration::Lab::current().folder() / "faults" / name).string();
    return {.realms = integration::joined_realm(), .listeners = extauth_listeners(folder), .services = services_yaml()};
}
} // namespace

Servers::Servers(Record& record, std::mutex& directory_up)
    : record_(record), directory_up_(directory_up), authd_(name, wishes()), started_(std::chrono::steady_clock::now())
{
    if (!integration::eventually(60s, [&] { return integration::feed_is_live(authd_); }))
        throw std::runtime_error("authd does not follow the directory: " + authd_.log());
}

void Servers::restart_directory(std::chrono::milliseconds away)
{
    const std::lock_guard no_change(directory_up_);
    record_.outage_begins(Record::Server::directory);
    directory_.stop();
    std::this_thread::sleep_for(away);
    directory_.start();
    record_.outage_ends(Record::Server::directory);
}

void Servers::restart_authd(int signal)
{
    record_.outage_begins(Record::Server::authd);
    if (signal == SIGKILL) {
        authd_.process().signal(SIGKILL);
        authd_.process().wait_for_end(10s);
    } else {
        end_authd();
    }
    authd_.start_again();
    record_.outage_ends(Record::Server::authd);
    started_ = std::chrono::steady_clock::now();
    memory_.clear();
}

void Servers::sample_memory(std::chrono::seconds warm_up)
{
    if (!authd_.process().running())
        throw std::runtime_error("authd has ended by itself: " + authd_.log());
    if (std::chrono::steady_clock::now() >= started_ + warm_up)
        memory_.push_back(resident_kib(authd_.process().pid()));
}

void Servers::end_authd()
{
    authd_.process().signal(SIGTERM);
    const auto status = authd_.process().wait_for_end(20s);
    if (!status)
        throw std::runtime_error("authd does not end within 20 s");
    if (*status != 0)
        throw std::runtime_error("authd ended with status " + std::to_string(*status) + ": " + authd_.log());
}

} // namespace gatehouse::soak
