#pragma once

#include "base/async.hpp"
#include "gate/proofs.hpp"
#include "identity/directory.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::gate
{

/// Verifications under way, so that simultaneous logins with one password ask the directory once. The first login leads
/// the flight, the others wait for its outcome. Thread-safe; a waiting coroutine resumes on its own executor.
class Flights
{
public:
    /// What the leader found out; shared by all who waited.
    struct Landing {
        PasswordAnswer answer;
        std::string server;
        Source source = Source::none;
        bool old_password_window = false;
    };
    using Outcome = std::shared_ptr<const Landing>;

    /// Ends the flight, whatever becomes of the leader: who waits gets the landing, or nothing when there is none, and
    /// then tries by itself.
    class Leader
    {
    public:
        Leader(Flights& flights, std::string key) : flights_(flights), key_(std::move(key)) {}
        ~Leader() { flights_.land(key_, std::move(landing_)); }
        Leader(const Leader&) = delete;
        Leader& operator=(const Leader&) = delete;
        void set(Outcome landing) { landing_ = std::move(landing); }

    private:
        Flights& flights_;
        std::string key_;
        Outcome landing_;
    };

    static std::string key_of(Proofs::Owner owner, const Proofs::Proof& proof)
    {
        std::string key(reinterpret_cast<const char*>(proof.data()), proof.size());
        return key.append(owner.realm).append(1, '\0').append(owner.id);
    }

    /// True: the caller leads, and makes a Leader at once. False: somebody else does, `wait` for them.
    bool lead(const std::string& key)
    {
        const std::lock_guard lock(mutex_);
        return under_way_.try_emplace(key).second;
    }

    /// Waits until the flight lands; nothing when it has landed already or without an outcome. The leader's deadline
    /// bounds the wait.
    Awaitable<Outcome> wait(std::string key)
    {
        co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(Outcome)>(
            [this, &key](auto handler) { join(key, std::move(handler)); }, use_awaitable);
    }

private:
    using Waiter = std::move_only_function<void(Outcome)>;

    template <class Handler>
    void join(const std::string& key, Handler handler)
    {
        const auto executor = boost::asio::get_associated_executor(handler);
        Waiter waiter = [executor, handler = std::move(handler)](Outcome outcome) mutable {
            boost::asio::post(executor, [handler = std::move(handler), outcome = std::move(outcome)]() mutable {
                std::move(handler)(std::move(outcome));
            });
        };
        {
            const std::lock_guard lock(mutex_);
            if (const auto flight = under_way_.find(key); flight != under_way_.end()) {
                flight->second.push_back(std::move(waiter));
                return;
            }
        }
        waiter(nullptr);
    }

    void land(const std::string& key, Outcome landing)
    {
        std::vector<Waiter> waiters;
        {
            const std::lock_guard lock(mutex_);
            if (auto flight = under_way_.extract(key))
                waiters = std::move(flight.mapped());
        }
        for (Waiter& waiter : waiters)
            waiter(landing);
    }

    std::mutex mutex_;
    std::map<std::string, std::vector<Waiter>> under_way_;
};

} // namespace gatehouse::gate
