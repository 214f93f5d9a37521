#pragma once

#include "base/deadline.hpp"
#include "identity/feed.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse::gate
{

/// The network that an address belongs to, as one institution or home has it: /24 of IPv4, /64 of IPv6
/// ("192.0.2.0/24"). Empty when the text is no address.
std::string network_of(std::string_view address);

struct ShieldRules {
    std::uint32_t lockout_floor = 5;  ///< the threshold to stay below where the directory's own cannot be read
    std::uint32_t spray_people = 100; ///< people of whom a network tries wrong passwords within `spray_window`
    std::chrono::seconds spray_window{600};

    bool operator==(const ShieldRules&) const = default;
};

/// Keeps what clients try from locking people out of their directory (DESIGN.md, "Lockout shield"). Every attempt that
/// may reach a directory asks `may_try` first and says `ended` after. Bounded; thread-safe.
class Shield
{
public:
    struct Attempt {
        std::string_view realm;
        std::string_view id;
        std::string_view name;    ///< for people
        std::string_view network; ///< empty: the protocol does not tell
        std::string_view address;
        std::string_view service;
        bool known_network = false; ///< the person succeeded from there within the last 30 days
    };

    enum class Answer : std::uint8_t {
        go,     ///< counted as under way until `ended`
        budget, ///< one more wrong password could lock the account
        share,  ///< it could, with those of other nodes, which cannot be heard now
        slowed, ///< the network tries passwords of too many people
    };

    /// The policy that holds for a person. `count` as in `may_try`.
    static LockoutPolicy policy_of(const std::optional<LockoutCount>& count, const ShieldRules& rules);

    /// What all nodes count of a person.
    struct Shared {
        std::uint32_t wrong = 0;
        std::uint32_t under_way = 0;
        std::uint32_t share_of = 1; ///< this node may use an Nth of the budget; 0: one attempt
    };
    /// `count`: what the directory says; nothing: it cannot be read, and our own count must do. `asked`: when the
    /// directory began to be asked for it; what this node has found wrong since may be missing in it. `shared`: what
    /// counts before this attempt, this node's own included; nothing: only this node's own is known.
    Answer may_try(const Attempt& attempt, const std::optional<LockoutCount>& count, Deadline asked,
                   const ShieldRules& rules, const std::optional<Shared>& shared = {});
    /// How long to wait before the attempt: a network that guesses one person's password is slowed.
    std::chrono::milliseconds delay(const Attempt& attempt) const;

    enum class Outcome : std::uint8_t {
        right,
        wrong,
        undecided, ///< an outage: nothing is known
    };
    void ended(const Attempt& attempt, Outcome outcome, const ShieldRules& rules);

    enum class Repeat : std::uint8_t { refused, old_password };
    /// A password came again that is known to be wrong: the directory was not asked.
    void repeated(const Attempt& attempt, Repeat what);

    /// Forgets what is counted of a person. True: there was something.
    bool clear(std::string_view realm, std::string_view id);

    /// Who is at the limit or was tried wrongly, from where, since when, and which client repeats an old password: an
    /// array of objects, as docs/authctl.md shows them.
    boost::json::array report() const;

    struct Totals {
        std::uint64_t people = 0;          ///< who have wrong passwords counted
        std::uint64_t at_limit = 0;        ///< of whom the directory was last not asked
        std::uint64_t networks = 0;        ///< from which somebody was tried within their `spray_window`
        std::uint64_t networks_slowed = 0; ///< put off within the last minute
        std::uint64_t refused_budget = 0;  ///< since the start, those for want of a share included
        std::uint64_t refused_network = 0;
        std::uint64_t repeats_refused = 0;
        std::uint64_t repeats_old = 0;
    };
    Totals totals() const;

private:
    /// One client that tries wrong passwords of a person.
    struct Client {
        std::string address;
        std::string service;
        std::uint64_t wrong = 0;
        std::uint64_t repeats = 0;
        std::uint64_t old_password = 0;
        std::chrono::system_clock::time_point first{};
        std::chrono::system_clock::time_point last{};
    };
    struct Person {
        std::string realm;
        std::string id;
        std::string name;
        std::deque<Deadline> wrong; ///< our own wrong attempts, oldest first
        std::uint32_t under_way = 0;
        bool at_limit = false;
        Deadline touched{};
        std::map<std::string, std::uint32_t> wrong_by_network; ///< since the last success from there
        std::vector<Client> clients;
    };
    struct Network {
        std::map<std::string, Deadline> wrong; ///< people, and when last
        std::map<std::string, Deadline> right;
        Deadline put_off = Deadline::min(); ///< when last
        Deadline counts_until{};
    };

    static std::string key_of(std::string_view realm, std::string_view id);
    Person& person_of(const Attempt& attempt);
    static Client& client_of(Person& person, const Attempt& attempt);
    static Answer within_budget(const Person& person, const Attempt& attempt, const std::optional<LockoutCount>& count,
                                Deadline asked, const LockoutPolicy& policy, const std::optional<Shared>& shared);
    bool sprays(std::string_view network, const ShieldRules& rules);
    void make_room();
    void note_network(const Attempt& attempt, Outcome outcome, const ShieldRules& rules);
    void prune_networks(Deadline now);

    static constexpr std::size_t max_people = 16'384;
    static constexpr std::size_t max_networks = 4'096;
    static constexpr std::size_t max_clients = 8;

    mutable std::mutex mutex_; // taken only by attempts that no proof answers, and by repeats
    std::unordered_map<std::string, Person> people_;
    std::unordered_map<std::string, Network> networks_;
    Deadline networks_pruned_{};
    Totals totals_;
};

} // namespace gatehouse::gate
