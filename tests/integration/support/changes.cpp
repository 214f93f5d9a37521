#include "support/changes.hpp"

#include <iostream>

namespace gatehouse::integration
{

namespace
{
std::string script_of_directory()
{
    return Lab::current().is(DirectoryKind::openldap) ? "slapd" : "samba-ad";
}

void change_directory(std::vector<std::string> words, const std::string& input = {})
{
    words.insert(words.begin(), "change");
    Lab::current().must(script_of_directory(), words, {.input = input});
}

/// At an end: what cannot be put back is told, and fails no test by itself.
void change_back(const std::vector<std::string>& words) noexcept
{
    try {
        change_directory(words);
    } catch (const std::exception& failure) {
        std::cerr << "the directory could not be put back: " << failure.what() << '\n';
    }
}
} // namespace

bool feed_is_live(const OwnAuthd& authd)
{
    const auto status = authd.status();
    const auto& realm = status.at("realms").as_array().at(0).as_object();
    return realm.contains("feed") && realm.at("feed").at("live").as_bool();
}

TestPerson::TestPerson(std::string name, std::string password)
    : name_(std::move(name)), password_(std::move(password)), name_now_(name_)
{
    change_directory({"create", name_}, password_);
}

TestPerson::~TestPerson()
{
    if (!gone_)
        change_back({"delete", name_now_});
}

void TestPerson::change(const std::string& action, const std::string& argument) const
{
    std::vector<std::string> words{action, name_now_};
    if (!argument.empty())
        words.push_back(argument);
    change_directory(words);
    gone_ = gone_ || action == "delete";
}

void TestPerson::set_password(const std::string& password) const
{
    change_directory({"set-password", name_now_}, password);
}

void TestPerson::rename(const std::string& name) const
{
    change_directory({"rename", name_now_, name});
    name_now_ = name;
}

void TestPerson::join(const std::string& group) const
{
    change_directory({"group-add", group, name_now_});
}

void TestPerson::leave(const std::string& group) const
{
    change_directory({"group-remove", group, name_now_});
}

GroupLink::GroupLink(std::string group, std::string member) : group_(std::move(group)), member_(std::move(member))
{
    change_directory({"group-remove", group_, member_});
}

GroupLink::~GroupLink()
{
    change_back({"group-add", group_, member_});
}

} // namespace gatehouse::integration
