#pragma once

#include "directory/ldap_connection.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace gatehouse::directory
{

/// The connections of one server on which people's passwords are tried: each serves one bind at a time and is used
/// again. Grows with the load up to its limit; who finds none free waits in turn. On the directory's thread.
class BindPool
{
public:
    /// Opens one more connection, or says why not.
    using Open = std::function<Awaitable<Result<std::shared_ptr<LdapConnection>>>()>;

    BindPool(DirectoryThread& thread, std::size_t limit, Open open);

    /// A connection for one bind; `give_back` must follow. Error: `deadline`, or why no connection can be opened.
    Awaitable<Result<std::shared_ptr<LdapConnection>>> take(Deadline deadline);
    void give_back(std::shared_ptr<LdapConnection> connection);

    /// Closes every connection and sends every waiter away, with `why`.
    void close(const std::string& why);
    /// Closes connections unused since `moment`, except one.
    void close_unused_since(Deadline moment);

    std::size_t connections() const noexcept { return connections_.size(); }

private:
    struct Seeker {
        explicit Seeker(DirectoryThread& thread) : waiter(thread) {}
        Waiter waiter;
        std::shared_ptr<LdapConnection> given;
        std::string why_not;
    };

    void grow();
    Awaitable<void> open_one();
    void forget(const std::shared_ptr<LdapConnection>& connection);

    DirectoryThread& thread_;
    std::size_t limit_;
    Open open_;
    std::vector<std::shared_ptr<LdapConnection>> connections_; // free ones and those that are out
    std::vector<std::shared_ptr<LdapConnection>> free_;        // the last one returned is used first
    std::deque<Seeker*> seekers_;
    std::size_t opening_ = 0;
    Deadline grow_after_{}; // a server that takes no more connections is not asked again at every login
};

} // namespace gatehouse::directory
