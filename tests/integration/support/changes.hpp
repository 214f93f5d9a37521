#pragma once

#include "identity/person.hpp"
#include "support/own_authd.hpp"

#include <string>
#include <vector>

namespace gatehouse::integration
{

/// The realm CAMPUS of this lab's directory as docs/ says it should be joined: Active Directory by Kerberos AS with the
/// documented delegation, OpenLDAP with its password policy.
/// `more`: further keys of the realm, each line with its end.
std::string joined_realm(const std::string& more = {});

/// The same of an Active Directory whose passwords are checked by LDAP binds alone, without a keytab and with whatever
/// has been delegated. More keys of its `directory` may follow.
std::string realm_by_bind();

/// Takes from the account that searches what docs/join-active-directory.md has administrators grant to it, for as long
/// as this lives.
class Undelegated
{
public:
    Undelegated();
    ~Undelegated();
    Undelegated(const Undelegated&) = delete;
    Undelegated& operator=(const Undelegated&) = delete;
};

/// Does the status of `authd` say that changes of its first realm arrive?
bool feed_is_live(const OwnAuthd& authd);

/// One change of this lab's directory as its administrators make it: the words after `tests/lab/slapd change` or
/// `tests/lab/samba-ad change`; `input` is a password where the action reads one. Throws std::runtime_error when the
/// directory refuses. Returns when the directory had made it, before the script ended. Thread-safe.
WallTime change_directory(std::vector<std::string> words, const std::string& input = {});

/// Somebody who exists in the lab's directory for one test, and changes there as its administrators change people
/// (tests/lab/slapd change, tests/lab/samba-ad change). Deleted at the end. Throws std::runtime_error when the
/// directory refuses.
class TestPerson
{
public:
    explicit TestPerson(std::string name, std::string password = "Test-Pers0n-Passw0rd");
    ~TestPerson();
    TestPerson(const TestPerson&) = delete;
    TestPerson& operator=(const TestPerson&) = delete;

    const std::string& name() const { return name_; }
    const std::string& password() const { return password_; }

    // Each returns when the directory had made the change, before its script ended.

    /// ACTION NAME [ARGUMENT]
    WallTime change(const std::string& action, const std::string& argument = {}) const;
    WallTime set_password(const std::string& password) const;
    WallTime rename(const std::string& name) const;
    WallTime join(const std::string& group) const;
    WallTime leave(const std::string& group) const;

private:
    std::string name_;
    std::string password_;
    mutable std::string name_now_;
    mutable bool gone_ = false;
};

/// Takes a group out of another for as long as this lives.
class GroupLink
{
public:
    GroupLink(std::string group, std::string member);
    ~GroupLink();
    GroupLink(const GroupLink&) = delete;
    GroupLink& operator=(const GroupLink&) = delete;

    WallTime taken_out_at() const { return taken_out_at_; }

private:
    std::string group_;
    std::string member_;
    WallTime taken_out_at_;
};

} // namespace gatehouse::integration
