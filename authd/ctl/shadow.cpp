#include "ctl/table.hpp"
#include "ctl/verbs.hpp"

#include "base/log.hpp"
#include "base/secret_arena.hpp"
#include "base/socket_file.hpp"
#include "client/authd.hpp"
#include "shadow/asking.hpp"
#include "shadow/relay.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <optional>

namespace gatehouse::ctl
{

namespace asio = boost::asio;
namespace json = boost::json;
using shadow::Finding;
using shadow::Old;
using shadow::Outcome;
using shadow::Question;

namespace
{

constexpr std::chrono::seconds between_warnings{10};

/// Warns of the same trouble once in a while.
class Warning
{
public:
    void say(std::string_view what, std::string_view why)
    {
        if (Clock::now() < quiet_until_)
            return;
        log::warn("{}: {}", what, printable(why));
        quiet_until_ = Clock::now() + between_warnings;
    }

private:
    Deadline quiet_until_{};
};

std::string_view word_of(Old old)
{
    return old == Old::ok ? "OK" : "NO";
}

std::string shown(const std::string& text)
{
    return text.empty() ? "-" : printable(text);
}

/// What was seen: a line for what differs, and the sums.
class Record
{
public:
    Record(bool as_json, bool all) : json_(as_json), all_(all) {}

    void add(const Question& question, const Finding& finding)
    {
        ++outcomes_.at(static_cast<std::size_t>(finding.outcome));
        if (finding.outcome == Outcome::unavailable)
            ours_away_.say("authd could not be compared", finding.reason);
        if (all_ || finding.outcome == Outcome::differs)
            print(question, finding);
    }
    void add_dropped()
    {
        ++dropped_;
        too_slow_.say("a login is not compared", "authd is slower than the old saslauthd, and too many wait for it");
    }
    void add_outage_of_old(std::string_view why)
    {
        ++old_away_;
        old_away_warning_.say("the old saslauthd did not answer", why);
    }

    void print_sums(std::uint64_t broken) const
    {
        const json::object sums{{"compared", compared()},
                                {"same", of(Outcome::same)},
                                {"differ", of(Outcome::differs)},
                                {"not_compared", of(Outcome::not_compared)},
                                {"not_repeated", of(Outcome::not_repeated)},
                                {"authd_unavailable", of(Outcome::unavailable)},
                                {"dropped", dropped_},
                                {"old_unavailable", old_away_},
                                {"broken", broken}};
        if (json_)
            return print_json({{"sums", sums}});
        std::string line = "sums";
        for (const auto& [name, value] : sums)
            line += ' ' + std::string(name) + '=' + std::to_string(value.to_number<std::uint64_t>());
        std::printf("%s\n", line.c_str());
    }

    int exit_status() const
    {
        if (of(Outcome::differs) > 0)
            return exit_no;
        const bool missed = of(Outcome::unavailable) + dropped_ + old_away_ > 0;
        return compared() == 0 && missed ? exit_unavailable : exit_ok;
    }

private:
    std::uint64_t of(Outcome outcome) const { return outcomes_.at(static_cast<std::size_t>(outcome)); }
    std::uint64_t compared() const { return of(Outcome::same) + of(Outcome::differs); }

    void print(const Question& question, const Finding& finding) const
    {
        const wire::SaslauthdRequest& asked = question.request;
        if (json_)
            return print_json({{"outcome", name_of(finding.outcome)},
                               {"old", word_of(question.old)},
                               {"authd", finding.ours},
                               {"reason", finding.reason},
                               {"service", printable(asked.service)},
                               {"realm", printable(asked.realm)},
                               {"login", printable(asked.login)}});
        std::printf("%s old=%s authd=%s reason=%s service=%s realm=%s login=%s\n",
                    std::string(name_of(finding.outcome)).c_str(), std::string(word_of(question.old)).c_str(),
                    shown(finding.ours).c_str(), shown(finding.reason).c_str(), shown(asked.service).c_str(),
                    shown(asked.realm).c_str(), shown(asked.login).c_str());
    }

    bool json_;
    bool all_;
    std::array<std::uint64_t, shadow::outcomes> outcomes_{};
    std::uint64_t dropped_ = 0;
    std::uint64_t old_away_ = 0;
    Warning ours_away_;
    Warning too_slow_;
    Warning old_away_warning_;
};

std::optional<unsigned> mode_of(const std::string& text)
{
    unsigned mode = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
    if (error != std::errc{} || end != text.data() + text.size() || mode > 0777)
        return {};
    return mode;
}

/// Each client is two descriptors: take what the hard limit allows.
void raise_descriptor_limit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/// Room for each client's piece and request, and for a password in each place of the queue, as long as they usually
/// are.
std::size_t arena_size(const ShadowOptions& options)
{
    constexpr std::size_t least = 4UL * 1024 * 1024;
    constexpr std::size_t for_client = 8UL * 1024;
    constexpr std::size_t for_question = 128;
    return least + options.connections * for_client + options.queue * for_question;
}

Awaitable<void> print_sums_at_signal(asio::signal_set& signals, const shadow::Relay& relay, const Record& record)
{
    for (;;) {
        const auto [error, signal] = co_await signals.async_wait(as_result);
        if (error)
            co_return;
        record.print_sums(relay.broken());
    }
}

/// The first signal lets end what is under way, the second does not.
Awaitable<void> end_at_signal(asio::io_context& io, shadow::Relay& relay, const shadow::Asking& asking)
{
    asio::signal_set signals(io, SIGTERM, SIGINT);
    (void)co_await signals.async_wait(as_result);
    relay.close();
    signals.async_wait([&io](auto error, int) {
        if (!error)
            io.stop();
    });
    asio::steady_timer pause(io);
    while (relay.connections() > 0 || !asking.idle()) {
        pause.expires_after(std::chrono::milliseconds(20));
        (void)co_await pause.async_wait(as_result);
    }
    io.stop();
}

/// The socket file, taken away at the end unless it is another's by then.
struct Place {
    std::string path;
    std::uint64_t inode;
    ~Place()
    {
        if (inode_of(path) == inode)
            ::unlink(path.c_str());
    }
};

} // namespace

int shadow(const Common& common, const ShadowOptions& options)
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    ::signal(SIGPIPE, SIG_IGN); // a service depends on this program, not on who reads its lines
    SecretArena::set_default_size(arena_size(options));
    log::set_up("info");
    raise_descriptor_limit();
    const auto mode = mode_of(options.mode);
    if (!mode) {
        say_error(common.json, "--mode " + options.mode + ": expected an octal mode such as 0660");
        return exit_usage;
    }
    auto tried = shadow::TriedPasswords::create();
    const auto socket = open_socket_file({.path = options.listen, .mode = *mode});
    if (!tried || !socket) {
        say_error(common.json, tried ? socket.error().text : tried.error().text);
        return exit_unavailable;
    }
    const Place place{options.listen, inode_of(options.listen)};

    Record record(common.json, options.all);
    asio::io_context io(1);
    client::Authd authd(io, {.socket = common.socket});
    const auto asking = std::make_shared<shadow::Asking>(
        io, authd, std::move(*tried), shadow::AskingLimits{.waiting = options.queue, .answer = common.timeout},
        [&](const Question& question, const Finding& finding) { record.add(question, finding); });
    const auto relay = std::make_shared<shadow::Relay>(
        io, options.old,
        shadow::RelayLimits{.connections = options.connections, .old = std::chrono::seconds(options.old_seconds)},
        [&](wire::SaslauthdRequest request, const wire::SaslauthdAnswer& answer) {
            if (!asking->take({.request = std::move(request), .old = answer.ok ? Old::ok : Old::no}))
                record.add_dropped();
        },
        [&](std::string_view why) { record.add_outage_of_old(why); });
    relay->listen(Descriptor(*socket));
    asio::signal_set sums(io, SIGUSR1);
    asio::co_spawn(io, print_sums_at_signal(sums, *relay, record), asio::detached);
    asio::co_spawn(io, end_at_signal(io, *relay, *asking), asio::detached);
    log::info("serving {}, answering from {}, comparing with authd at {}", options.listen, options.old, common.socket);
    io.run();
    record.print_sums(relay->broken());
    return record.exit_status();
}

} // namespace gatehouse::ctl
