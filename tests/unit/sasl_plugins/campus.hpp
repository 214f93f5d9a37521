#pragma once

#include "../client/native_peer.hpp"
#include "sasl_host.hpp"

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

namespace gatehouse::test
{

/// authd's native door with these people: alice; carol, whose account is disabled; harry, whose password has expired;
/// anne, who was called ann when her mailbox was made, and the new ann, whose mailbox is ann2; and away, about whom
/// nobody can say anything.
class Campus
{
public:
    Campus()
        : peer_(socket(), [this](NativePeer::Session& session, wire::NativeRequest request) {
              std::visit([&](const auto& asked) { answer(session, asked); }, request);
          })
    {
    }

    std::string socket() const { return (folder_.path / "native").string(); }
    SaslHost::Options options() const { return {{"gatehouse_socket", socket()}, {"gatehouse_timeout", "3"}}; }
    SaslHost::Options with(SaslHost::Options more) const
    {
        more.merge(options());
        return more;
    }

    /// What was asked so far, as "admit imap EXTERNAL alice 192.0.2.1" and "find alice".
    std::vector<std::string> asked() const
    {
        const std::lock_guard lock(mutex_);
        return asked_;
    }
    int connections() const { return peer_.connections; }

private:
    static std::optional<Person> person_called(const std::string& login)
    {
        const std::string name = login.substr(0, login.find('@'));
        if (name != "alice" && name != "Alice" && name != "carol" && name != "harry" && name != "anne" && name != "ann")
            return {};
        Person person = person_named(name == "Alice" ? "alice" : name);
        person.mailbox = name == "anne" ? "ann" : name == "ann" ? "ann2" : person.name;
        person.id = "id of " + person.name;
        person.addresses = {person.name + "@campus.example", person.name + "@example.org"};
        person.display_name = "Somebody";
        person.groups = {{"staff", {}, {}}, {"lab", {}, {}}};
        return person;
    }

    void remember(std::string question)
    {
        const std::lock_guard lock(mutex_);
        asked_.push_back(std::move(question));
    }

    void answer(NativePeer::Session& session, const wire::NativeAdmit& asked)
    {
        remember("admit " + asked.service + ' ' + asked.mechanism + ' ' + asked.login + ' ' + asked.client);
        const auto person = person_called(asked.login);
        const Verdict verdict = asked.login == "away"     ? Verdict::refused(Reason::directory_unavailable)
                                : !person                 ? Verdict::refused(Reason::unknown_person)
                                : person->name == "carol" ? Verdict::refused(Reason::account_disabled)
                                : person->name == "harry" ? Verdict::refused(Reason::password_expired)
                                                          : Verdict::granted(*person);
        session.send(wire::format_native_verdict(asked.id, verdict, {}, wire::NativeDetail::people));
    }
    void answer(NativePeer::Session& session, const wire::NativeFind& asked)
    {
        remember("find " + asked.login);
        if (asked.login == "away")
            return session.send(wire::format_native_error(asked.id, "no server of realm CAMPUS answers"));
        const auto person = person_called(asked.login);
        boost::json::object told{{"person", nullptr}, {"reason", "unknown-person"}};
        if (person)
            told = {{"person", wire::native_person_in_full(*person)}, {"reason", "granted"}};
        session.send(wire::format_native_result(asked.id, told));
    }
    template <class Other>
    void answer(NativePeer::Session& session, const Other&)
    {
        remember("something else");
        session.end();
    }

    ScratchFolder folder_;
    mutable std::mutex mutex_;
    std::vector<std::string> asked_;
    NativePeer peer_; // last: it uses all of the above
};

using Asked = std::vector<std::string>;

} // namespace gatehouse::test
