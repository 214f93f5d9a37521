// soak - people log in, are changed, and servers come and go for half an hour: is any verdict wrong, does authd grow?
//
// SYNOPSIS
//   soak [--minutes N] [--seed N] [--people N] [--visitors N]      started by tests/soak/run, which makes its lab
//
// DESCRIPTION
//   An authd of its own follows the lab's directory, which holds people person00001 and so on. Meanwhile an
//   administrator changes people at random, visitors log in at every door with right, old and wrong passwords, and the
//   directory and authd are stopped or killed and started again. Each verdict is judged by what the directory said of
//   the person in the time from two seconds before the login began to its end. "Unavailable" is right while a server is
//   away and ten seconds after, or when the audit file says that the lockout shield put the login off. In the last
//   three fifths authd is left alone. From ten minutes on, its memory must stay flat there.
//
// DIAGNOSTICS
//   A line a minute, each wrong verdict with the person's history, and at the end
//   soak minutes=N logins=N changes=N restarts=N wrong=0 memory_kib=A->B
//   Exit status 0; 1: a verdict was wrong, authd grew, or something ended that should not have; 64: wrong use.
//
// BUGS
//   The seed repeats what is drawn, not how threads and servers take turns.

#include "soak/administrator.hpp"
#include "soak/explained.hpp"
#include "soak/memory.hpp"
#include "soak/servers.hpp"
#include "soak/visitors.hpp"
#include "support/eventually.hpp"

#include "base/secret_arena.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <random>
#include <thread>

namespace gatehouse::soak
{

using namespace std::chrono_literals;

namespace
{
constexpr int wrong_use = 64;
constexpr auto sample_interval = 5s;
constexpr auto flat_from = 10min; ///< shorter runs say nothing about memory

struct Options {
    unsigned minutes = 30;
    std::uint64_t seed = std::random_device{}();
    std::size_t people = 200;
    unsigned visitors = 24;
};

class Soak
{
public:
    explicit Soak(const Options& options)
        : options_(options),
          random_(options.seed),
          record_(options.people),
          servers_(record_, directory_up_),
          entrances_(entrances_of(servers_.authd())),
          end_(started_ + std::chrono::minutes(options.minutes))
    {
    }

    /// True: all was right.
    bool run()
    {
        {
            std::vector<std::jthread> threads;
            threads.emplace_back([this](const std::stop_token& stop) { administrate(stop); });
            for (unsigned i = 1; i <= options_.visitors; ++i)
                threads.emplace_back(
                    [this, i](const std::stop_token& stop) { visit(stop, options_.seed + i, entrances_, record_); });
            while (std::chrono::steady_clock::now() < end_ && !administrator_failed_)
                next_event();
        } // all have ended
        if (administrator_failed_)
            return false;
        std::this_thread::sleep_for(Record::settling + Record::promise);
        visit_all(entrances_, record_); // nothing is in doubt any more
        servers_.end_authd();
        return conclude();
    }

private:
    using Time = std::chrono::milliseconds;

    void administrate(const std::stop_token& stop)
    {
        try {
            Administrator(options_.seed, record_, directory_up_).work(stop);
        } catch (const std::exception& failure) {
            fmt::print("the directory could not be changed: {}\n", failure.what());
            administrator_failed_ = true;
        }
    }

    /// Memory is sampled at even distances; in between the next outage, or the line that tells how far it is.
    void next_event()
    {
        const auto now = std::chrono::steady_clock::now();
        if (now >= next_sample_) {
            servers_.sample_memory(end_ - started_ >= flat_from ? 60s : 10s);
            next_sample_ = now + sample_interval;
        }
        if (now >= next_line_) {
            print_progress();
            next_line_ += 1min;
        }
        if (now >= next_outage_ && now < end_ - 10s) {
            make_outage();
            next_outage_ = std::chrono::steady_clock::now() + pause_before_outage();
        }
        std::this_thread::sleep_for(200ms);
    }

    void make_outage()
    {
        const bool leave_authd = std::chrono::steady_clock::now() > started_ + (end_ - started_) * 2 / 5;
        const auto kind = outages_made_++ % 3; // short runs have each, too
        if (kind == 0 || leave_authd)
            servers_.restart_directory(Time(500 + random_() % 8000));
        else
            servers_.restart_authd(kind == 1 ? SIGKILL : SIGTERM);
    }

    Time pause_before_outage()
    {
        const Time longest = end_ - started_ < 3min ? 8s : 70s;
        return longest / 4 + Time(random_() % static_cast<std::uint64_t>(longest.count()));
    }

    void print_progress()
    {
        const Record::Counts counts = record_.counts();
        const std::int64_t kib = servers_.memory().empty() ? 0 : servers_.memory().back();
        fmt::print(
            "minute {}: logins={} granted={} denied={} changes={} restarts={} away={} put_off={} wrong={} "
            "memory_kib={}\n",
            std::chrono::duration_cast<std::chrono::minutes>(std::chrono::steady_clock::now() - started_).count(),
            counts.logins, counts.granted, counts.denied, counts.changes, record_.restarts(), counts.put_off_by_outage,
            record_.put_off().size(), counts.wrong, kib);
    }

    bool conclude() const
    {
        Record::Counts counts = record_.counts();
        const MemoryTrend memory = MemoryTrend::of(servers_.memory());
        std::size_t by_shield = 0;
        for (const auto& [reason, count] : reasons_of(record_.put_off(), servers_.authd().audit_file())) {
            fmt::print("put off while nothing was away: {} {}\n", count, reason);
            (is_of_shield(reason) ? by_shield : counts.wrong) += count;
        }
        const bool must_be_flat = end_ - started_ >= flat_from;
        if (must_be_flat && !memory.flat())
            fmt::print("authd's memory grows\n");
        fmt::print("granted={} denied={} put_off_by_outage={} put_off_by_shield={} seed={}\n", counts.granted,
                   counts.denied, counts.put_off_by_outage, by_shield, options_.seed);
        fmt::print("soak minutes={} logins={} changes={} restarts={} wrong={} memory_kib={}->{}\n", options_.minutes,
                   counts.logins, counts.changes, record_.restarts(), counts.wrong, memory.second_quarter,
                   memory.last_quarter);
        return counts.wrong == 0 && (memory.flat() || !must_be_flat);
    }

    Options options_;
    std::mt19937_64 random_;
    Record record_;
    std::mutex directory_up_;
    Servers servers_;
    std::vector<Entrance> entrances_;
    const Moment started_ = std::chrono::steady_clock::now();
    const Moment end_;
    Moment next_sample_ = started_ + sample_interval;
    Moment next_line_ = started_ + 1min;
    Moment next_outage_ = started_ + 8s;
    std::size_t outages_made_ = 0;
    std::atomic<bool> administrator_failed_ = false;
};
} // namespace

} // namespace gatehouse::soak

int main(int argc, char** argv)
{
    constexpr std::size_t secret_memory = 4UL * 1024 * 1024;
    if (auto arena = gatehouse::SecretArena::create(secret_memory, gatehouse::SecretArena::Locking::best_effort))
        gatehouse::SecretArena::install(std::move(*arena));
    gatehouse::soak::Options options;
    CLI::App app("Logins, changes and restarts; see tests/soak/run", "soak");
    app.add_option("--minutes", options.minutes)->check(CLI::Range(1, 10'000));
    app.add_option("--seed", options.seed);
    app.add_option("--people", options.people)->check(CLI::Range(1, 99'999));
    app.add_option("--visitors", options.visitors)->check(CLI::Range(1, 1000));
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : gatehouse::soak::wrong_use;
    }
    try {
        std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ); // what is wrong is to be read while it runs
        fmt::print("seed {}\n", options.seed);
        return gatehouse::soak::Soak(options).run() ? 0 : 1;
    } catch (const std::exception& failure) {
        fmt::print("the soak ended early: {}\n", failure.what());
        return 1;
    }
}
