#pragma once

#include "support/changes.hpp"
#include "support/reply.hpp"

#include <cstddef>
#include <string>

namespace gatehouse::integration
{

/// Nina, whom the lab's directory locks at the fifth wrong password within ten minutes, so that none is forgotten while
/// a slow machine tries them. The directory's own policy is back at the end. Throws std::runtime_error when the
/// directory refuses. Its const functions are thread-safe.
class Lockable
{
public:
    Lockable();
    ~Lockable();
    Lockable(const Lockable&) = delete;
    Lockable& operator=(const Lockable&) = delete;

    const std::string& name() const { return person_.name(); }
    const std::string& password() const { return person_.password(); }

    void set_password(const std::string& password) const { person_.set_password(password); }

    /// Wrong passwords that the directory itself counts.
    std::size_t wrong_passwords() const;
    /// Has the directory locked the account?
    bool locked() const;
    /// A login past authd, as Windows makes them.
    Reply bind(const std::string& password) const;

private:
    TestPerson person_;
};

} // namespace gatehouse::integration
