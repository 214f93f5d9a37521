// The native door's codec, both sides: any line may come, in either direction. What is read as a request must be
// written and read again as the same request; what is read as a granted verdict must name a person.
// covers: authd/wire/native_*.cpp authd/wire/secret_json.cpp
#include "fuzz.hpp"
#include "wire/native.hpp"

using namespace gatehouse;
using namespace gatehouse::fuzz;
using namespace gatehouse::wire;

namespace
{

/// True if it is one.
bool fuzz_request(std::string_view text)
{
    const auto first = parse_native_request(secret_of(text));
    if (!first) {
        require(!first.error().text.empty());
        return false;
    }
    if (const auto* authenticate = std::get_if<NativeAuthenticate>(&*first))
        planted_bug(authenticate->login);
    auto line = format_native_request(*first);
    if (!line) { // what was read may be longer once it is written again
        require(line.error() == WireError::too_long);
        return true;
    }
    line->truncate(line->size() - 1);
    require(!line->view().contains('\n'));
    const std::size_t size = line->size();
    const auto second = parse_native_request(std::move(*line));
    require(second.has_value() && second->index() == first->index());
    const auto again = format_native_request(*second);
    require(again.has_value() && again->size() == size + 1);
    return true;
}

/// One result is read as what each request expects: none takes what it cannot use.
void fuzz_result(const boost::json::value& result)
{
    const auto found = parse_native_found(result);
    require(!found || !found->person || !found->person->name.empty());
    (void)parse_native_count(result);
    (void)parse_native_kept(result);
    const auto minted = parse_native_minted(result);
    require(!minted || !minted->empty());
    (void)parse_native_end(result);
    (void)parse_native_sessions(result);
    const auto news = parse_native_news(result);
    if (!news)
        return;
    const auto* person = std::get_if<Person>(&news->what);
    if (person == nullptr)
        return;
    const auto again = parse_native_news(boost::json::object{{"person", native_person_in_full(*person)}});
    require(again.has_value() && std::get<Person>(again->what).groups == person->groups &&
            std::get<Person>(again->what).state == person->state);
}

void fuzz_reply(std::string_view text)
{
    (void)parse_native_greeting(text);
    const auto reply = parse_native_reply(text);
    if (!reply)
        return;
    if (const auto* result = std::get_if<NativeResult>(&reply->body))
        fuzz_result(result->result);
    if (const auto* verdict = std::get_if<NativeVerdict>(&reply->body);
        verdict != nullptr && verdict->outcome == NativeVerdict::Outcome::granted)
        require(verdict->person.has_value() && !verdict->person->name.empty());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const NothingLeft nothing_left;
    if (!fuzz_request(text_of(bytes, size))) // a line is one or the other, for speed
        fuzz_reply(text_of(bytes, size));
    return 0;
}
