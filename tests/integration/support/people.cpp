#include "support/people.hpp"

#include "support/process.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace gatehouse::integration
{

namespace json = boost::json;

namespace
{
constexpr std::array<std::pair<DirectoryKind, std::string_view>, 3> kinds{
    {{DirectoryKind::openldap, "openldap"},
     {DirectoryKind::active_directory, "active-directory"},
     {DirectoryKind::local, "local"}}};

std::vector<std::string> texts(const json::object& record, std::string_view member)
{
    std::vector<std::string> found;
    if (const json::value* const list = record.if_contains(member))
        for (const json::value& item : list->as_array())
            found.emplace_back(item.as_string());
    return found;
}

std::string text(const json::object& record, std::string_view member)
{
    const json::value* const value = record.if_contains(member);
    return value == nullptr ? std::string() : std::string(value->as_string());
}

bool lives_in(const json::object& record, std::string_view directory)
{
    const auto directories = texts(record, "directories");
    return directories.empty() || std::ranges::find(directories, directory) != directories.end();
}

SamplePerson person_of(const json::object& record, const std::string& domain)
{
    SamplePerson person{.name = text(record, "name"),
                        .password = text(record, "password"),
                        .state = text(record, "state"),
                        .addresses = texts(record, "mail"),
                        .groups = texts(record, "groups")};
    const json::value* const special = record.if_contains("special");
    person.special = special != nullptr && special->as_bool();
    if (person.addresses.empty() && !person.special)
        person.addresses.push_back(person.name + "@" + domain);
    return person;
}
} // namespace

std::string_view name_of(DirectoryKind kind)
{
    return std::ranges::find(kinds, kind, &decltype(kinds)::value_type::first)->second;
}

DirectoryKind directory_kind(std::string_view word)
{
    const auto* const found = std::ranges::find(kinds, word, &decltype(kinds)::value_type::second);
    if (found == kinds.end())
        throw std::invalid_argument("no directory is called \"" + std::string(word) + "\"");
    return found->first;
}

SamplePeople::SamplePeople(const std::filesystem::path& file, DirectoryKind kind)
{
    const json::object sample = json::parse(read_file(file)).as_object();
    const std::string domain = text(sample, "domain");
    for (const json::value& value : sample.at("people").as_array()) {
        const json::object& record = value.as_object();
        passwords_.push_back(text(record, "password"));
        if (lives_in(record, name_of(kind)))
            people_.push_back(person_of(record, domain));
    }
    for (const std::string_view account : {"search_account", "administrator"})
        passwords_.push_back(text(sample.at(account).as_object(), "password"));
}

const SamplePerson& SamplePeople::named(std::string_view name) const
{
    const auto found = std::ranges::find(people_, name, &SamplePerson::name);
    if (found == people_.end())
        throw std::out_of_range("nobody is called \"" + std::string(name) + "\" in this directory");
    return *found;
}

std::vector<SamplePerson> SamplePeople::refused_by_state() const
{
    std::vector<SamplePerson> refused;
    std::ranges::copy_if(people_, std::back_inserter(refused),
                         [](const auto& person) { return !person.state.empty(); });
    return refused;
}

std::vector<SamplePerson> SamplePeople::special() const
{
    std::vector<SamplePerson> special;
    std::ranges::copy_if(people_, std::back_inserter(special), &SamplePerson::special);
    return special;
}

} // namespace gatehouse::integration
