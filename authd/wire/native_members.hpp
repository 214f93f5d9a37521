#pragma once

#include "identity/person.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::wire
{

/// Takes the members of an object that authd sent. One that is absent is empty; one of the wrong type makes the whole
/// unsound. The object outlives this.
class NativeMembers
{
public:
    explicit NativeMembers(const boost::json::object& members) : members_(members) {}

    std::string text(std::string_view key);
    std::vector<std::string> texts(std::string_view key);
    bool flag(std::string_view key);
    std::optional<std::uint64_t> number(std::string_view key);
    /// Seconds since 1970.
    std::optional<WallTime> time(std::string_view key);
    /// Nothing: absent.
    const boost::json::object* object(std::string_view key);
    const boost::json::array* array(std::string_view key);

    void fail() { sound_ = false; }
    bool sound() const { return sound_; }

private:
    const boost::json::object& members_;
    bool sound_ = true;
};

/// What native_person and native_person_in_full write. Nothing: it is not sound, or has no name.
std::optional<Person> read_native_person(const boost::json::value& value);

} // namespace gatehouse::wire
