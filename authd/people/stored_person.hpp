#pragma once

#include "base/deadline.hpp"
#include "identity/feed.hpp"
#include "identity/person.hpp"
#include "people/packed.hpp"
#include "people/people.hpp"
#include "people/places.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::people
{

/// When the person's password_version was seen to move last.
struct PasswordMove {
    /// The password was the old one at `server` at this moment; min(): it never moved while watched.
    Deadline since = Deadline::min();
    /// A new password was set. Else the version may have moved without one: the account had to change its password
    /// before (to take that back moves Active Directory's pwdLastSet), or no version was known before.
    bool certain = false;
    std::string server{};

    bool operator==(const PasswordMove&) const = default;
};

/// One person as the mirror holds them: all of Detail::account, packed into one piece of memory of some 250 bytes.
/// Immutable, thread-safe. Views live as long as the object.
class StoredPerson
{
public:
    /// What the mirror knows of a person beyond what the feed tells.
    struct Observed {
        std::vector<Place> groups{}; ///< the person is a direct member of; sorted
        PasswordMove move{};
    };
    static PersonRef make(const PersonRecord& record, const Observed& observed);
    StoredPerson(const StoredPerson&) = delete;
    StoredPerson& operator=(const StoredPerson&) = delete;

    // What a warm login asks for stands first in the packed bytes.
    std::string_view id() const { return head().id; }
    std::string_view name() const { return head().name; }
    std::string_view mailbox() const { return head().mailbox; }
    AccountState state() const;
    std::string_view password_version() const;
    std::optional<WallTime> password_changed() const;
    PasswordMove password_move() const;

    /// Is called so: `lower` is the short name or another one, in lower case.
    bool has_short_name(std::string_view lower) const;
    /// The UPN or an address is this, without case.
    bool has_address(std::string_view address) const;
    /// Short names beside name(), in lower case.
    std::vector<std::string_view> other_names() const { return names().other_names; }
    /// The mail addresses and the UPN, as the directory writes them.
    std::vector<std::string_view> addresses() const;
    /// Calls `visit(Place)` for each group that the person is a direct member of.
    template <class Visit>
    void for_each_group(Visit visit) const
    {
        PackedReader reader = head().rest;
        for (auto left = reader.number(); left > 0; --left)
            visit(static_cast<Place>(reader.number()));
    }
    Observed observed() const;

    /// What the feed told, but for the realm, which all people of a mirror share, and for keys.
    PersonRecord record() const;

    /// Nothing differs.
    bool operator==(const StoredPerson& other) const { return packed() == other.packed(); }

private:
    struct Head {
        std::uint64_t flags;
        std::string_view id;
        std::string_view name;
        std::string_view mailbox;
        PackedReader rest;
    };
    struct Account;
    struct Names {
        std::string_view upn;
        std::vector<std::string_view> addresses;
        std::vector<std::string_view> other_names;
        PackedReader rest;
    };

    friend void intrusive_ptr_add_ref(const StoredPerson* person) noexcept;
    friend void intrusive_ptr_release(const StoredPerson* person) noexcept;

    explicit StoredPerson(std::uint32_t size) : size_(size) {}
    ~StoredPerson() = default;

    std::string_view packed() const { return {reinterpret_cast<const char*>(this + 1), size_}; }
    Head head() const;
    Account account() const;
    Names names() const;

    mutable std::atomic<std::uint32_t> references_{0};
    const std::uint32_t size_; // of the packed bytes, which stand behind the object in the same piece of memory
};

} // namespace gatehouse::people
