#include "store/writer.hpp"

#include "base/log.hpp"

#include <fmt/chrono.h>

#include <poll.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace gatehouse::store
{

namespace
{
using namespace std::chrono_literals;

constexpr auto first_back_off = 200ms;
constexpr auto longest_back_off = 5'000ms;
constexpr auto greeting_interval =
    5s; // also how soon a database that stopped answering is noticed when nothing is written
constexpr auto others_return = 15s; // after us: what they need to notice the outage, and the longest back-off
constexpr auto forgetting_interval = 1h;
constexpr auto time_to_finish = 2s;

WallTime now()
{
    return std::chrono::system_clock::now();
}

std::string words_of_share(std::uint32_t share_of)
{
    if (share_of == 0)
        return "one attempt, since nobody knows how many nodes there are";
    return share_of == 1 ? "all of it, since there is no other node" : "1/" + std::to_string(share_of) + " of it";
}

template <class Row>
void split(const std::vector<Row>& rows, std::vector<Row> Batch::* member, std::vector<Batch>& parts)
{
    for (const Row& row : rows)
        (parts.emplace_back().*member).push_back(row);
}
} // namespace

Writer::Writer(std::unique_ptr<Database> database, Memory& memory, WriteQueue& queue, Claims& claims)
    : database_(std::move(database)),
      shared_(database_->is_shared()),
      memory_(memory),
      queue_(queue),
      claims_(claims),
      back_off_(first_back_off)
{
    status_.kind = database_->kind();
}

Writer::~Writer()
{
    thread_.request_stop();
    queue_.wake();
    if (thread_.joinable())
        thread_.join(); // while the members that it uses are whole
}

Result<void> Writer::start()
{
    if (auto opened = connect(); !opened) {
        if (opened.error().kind != ErrorKind::unavailable || !database_->may_be_away())
            return opened;
        lose(opened.error());
    }
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    return {};
}

StoreStatus Writer::status() const
{
    const std::lock_guard lock(mutex_);
    StoreStatus status = status_;
    status.waiting = queue_.waiting();
    status.dropped = queue_.dropped();
    status.share_of = status.usable && Clock::now() >= all_heard_from_ ? 1 : share_unheard_locked();
    return status;
}

std::uint32_t Writer::share_unheard() const
{
    const std::lock_guard lock(mutex_);
    return share_unheard_locked();
}

std::uint32_t Writer::share_unheard_locked() const
{
    if (!shared_)
        return 1;
    return status_.loaded ? status_.nodes : 0;
}

void Writer::run(const std::stop_token& stop)
{
    while (!stop.stop_requested()) {
        if (!there_)
            pause(stop);
        const auto done = there_ ? work() : connect();
        if (!done)
            lose(done.error());
        else if (!stop.stop_requested())
            wait_for_work();
    }
    finish();
}

Result<void> Writer::connect()
{
    if (auto opened = database_->open(); !opened)
        return opened;
    if (auto read = database_->read_news(memory_); !read)
        return read;
    next_greeting_ = {};
    {
        const std::lock_guard lock(mutex_);
        if (!status_.trouble.empty())
            all_heard_from_ = Clock::now() + others_return;
    }
    if (auto done = do_chores(); !done)
        return done;
    if (auto written = write_batch(); !written) // only a write shows that a full disk has room again
        return written;
    {
        const std::lock_guard lock(mutex_);
        if (!status_.trouble.empty()) {
            log::info("store: the database is back; {} writes follow", queue_.waiting());
            if (shared_)
                log::info("store: lockout budgets are shared again in {}, when the other nodes are back too",
                          others_return);
        }
        status_.usable = true;
        status_.loaded = true;
        status_.trouble.clear();
    }
    there_ = true;
    back_off_ = first_back_off;
    claims_.set_standing(Claims::Standing::there);
    queue_.wake();
    return {};
}

Result<void> Writer::work()
{
    if (batch_.empty())
        batch_ = queue_.take(now());
    if (auto written = write_batch(); !written)
        return written;
    if (auto done = do_chores(); !done)
        return done;
    return read_news(); // last: what came with the answers above would not wake the thread again
}

Result<void> Writer::write_batch()
{
    if (!batch_.empty()) {
        if (auto written = write(batch_); !written)
            return written; // and it is written again when the database is back
        if (auto told = tell_places(); !told)
            return told;
    }
    batch_ = {};
    queue_.done();
    return {};
}

/// What has an earlier place than an attempt of ours was written before it, and is read with its place.
Result<void> Writer::tell_places()
{
    if (std::ranges::all_of(batch_.attempts, [](const AttemptRow& row) { return row.receipts.empty(); }))
        return {};
    if (auto read = database_->read_news(memory_); !read)
        return read;
    for (AttemptRow& row : batch_.attempts)
        for (const auto& receipt : std::exchange(row.receipts, {}))
            receipt->deliver(std::string());
    return {};
}

Result<void> Writer::read_news()
{
    for (;;) {
        const auto came = database_->news_came();
        if (!came)
            return std::unexpected(came.error());
        if (!*came)
            return {};
        if (auto read = database_->read_news(memory_); !read)
            return read;
    }
}

Result<void> Writer::write(const Batch& batch)
{
    const auto settled = database_->apply(batch);
    if (settled) {
        conclude(batch, *settled);
        return {};
    }
    if (settled.error().kind != ErrorKind::invalid)
        return std::unexpected(settled.error());
    if (batch.size() > 1)
        return write_parts(batch); // what the database refuses must not take the rest with it
    reject(batch, settled.error());
    return {};
}

Result<void> Writer::write_parts(const Batch& batch)
{
    std::vector<Batch> parts;
    split(batch.claims, &Batch::claims, parts);
    split(batch.networks, &Batch::networks, parts);
    split(batch.steps, &Batch::steps, parts);
    split(batch.kept, &Batch::kept, parts);
    split(batch.attempts, &Batch::attempts, parts);
    for (const Batch& part : parts)
        if (auto written = write(part); !written)
            return written;
    return {};
}

void Writer::conclude(const Batch& batch, const std::vector<Settled>& settled)
{
    for (std::size_t i = 0; i < settled.size(); ++i)
        claims_.settle(batch.claims[i], settled[i]);
    for (const KeptRow& row : batch.kept)
        for (const auto& receipt : row.receipts)
            receipt->deliver(std::string());
}

void Writer::reject(const Batch& single, const Error& error)
{
    for (const Claim& claim : single.claims)
        claims_.reject(claim, error);
    for (const KeptRow& row : single.kept)
        for (const auto& receipt : row.receipts)
            receipt->deliver(std::unexpected(error));
    if (single.claims.empty())
        log::error("store: the database refuses a write, which is dropped: {}", error.text);
}

Result<void> Writer::do_chores()
{
    const Deadline moment = Clock::now();
    if (moment >= next_greeting_) {
        const auto nodes = database_->greet();
        if (!nodes)
            return std::unexpected(nodes.error());
        next_greeting_ = moment + greeting_interval;
        const std::lock_guard lock(mutex_);
        // Those that are not back yet count too.
        status_.nodes = moment < all_heard_from_ ? std::max(status_.nodes, *nodes) : *nodes;
    }
    if (moment >= next_forgetting_) {
        const auto more = database_->forget(now());
        if (!more)
            return std::unexpected(more.error());
        next_forgetting_ = *more ? moment : moment + forgetting_interval;
        if (!*more)
            memory_.forget(now());
        else
            queue_.wake();
    }
    return {};
}

void Writer::lose(const Error& error)
{
    there_ = false;
    {
        const std::lock_guard lock(mutex_);
        if (status_.usable || status_.trouble != error.text)
            log::warn("store: {}. Reads go on from memory, {} writes wait", error.text, queue_.waiting());
        if (shared_ && status_.trouble.empty())
            log::warn("store: nodes cannot hear of each other's wrong passwords; until they can, this one uses of each "
                      "person's lockout budget {}",
                      words_of_share(share_unheard_locked()));
        status_.usable = false;
        status_.trouble = error.text;
    }
    claims_.set_standing(status_.loaded ? Claims::Standing::away : Claims::Standing::unread);
    for (KeptRow& row : batch_.kept)
        for (const auto& receipt : std::exchange(row.receipts, {}))
            receipt->deliver(std::string()); // it is queued, which is what `keep` promises while the database is away
    for (AttemptRow& row : batch_.attempts)
        for (const auto& receipt : std::exchange(row.receipts, {}))
            receipt->deliver(std::unexpected(error));
}

void Writer::wait_for_work() const
{
    std::array<pollfd, 2> wakers{pollfd{.fd = queue_.descriptor(), .events = POLLIN, .revents = 0},
                                 pollfd{.fd = database_->news_descriptor(), .events = POLLIN, .revents = 0}};
    const auto left = std::min(next_greeting_, next_forgetting_) - Clock::now();
    const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(std::max(left, Clock::duration::zero()));
    ::poll(wakers.data(), wakers.size(), static_cast<int>(timeout.count()));
}

void Writer::pause(const std::stop_token& stop)
{
    std::mutex nothing;
    std::unique_lock lock(nothing);
    stopped_.wait_for(lock, stop, back_off_, [] { return false; });
    back_off_ = std::min<std::chrono::milliseconds>(back_off_ * 2, longest_back_off);
}

void Writer::finish()
{
    const Deadline end = Clock::now() + time_to_finish;
    while (there_ && queue_.waiting() > 0 && Clock::now() < end)
        if (!work())
            there_ = false;
    if (const std::size_t lost = queue_.waiting(); lost > 0)
        log::error("store: {} writes are lost: the database was away until the end", lost);
    claims_.report_lost();
    if (there_)
        database_->leave();
}

} // namespace gatehouse::store
