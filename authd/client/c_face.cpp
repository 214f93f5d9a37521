// The blocking C face of the client library; gatehouse.h says what it promises.
#include "client/gatehouse.h"

#include "base/secret_arena.hpp"
#include "client/blocking_authd.hpp"

#include <chrono>
#include <exception>
#include <string>
#include <vector>

using namespace gatehouse;
using namespace gatehouse::client;

namespace
{

/// Secret memory of a host: one password of 64 KiB and the line that it travels in, or many short ones at once.
constexpr std::size_t secret_memory = 512 * 1024;

/// The strings that a gh_answer points to.
struct Told {
    Answer verdict;
    std::string detail;
    std::vector<const char*> addresses;
    std::vector<const char*> groups;
    gh_answer face{};
};

bool has_nul(const std::string& text)
{
    return text.find('\0') != std::string::npos;
}

/// A NUL would cut the text for a C program, and a name that is cut is another person's.
bool fits_c(const Person& person)
{
    return !has_nul(person.realm) && !has_nul(person.name) && !has_nul(person.mailbox) && !has_nul(person.id) &&
           !has_nul(person.upn) && !has_nul(person.display_name) && std::ranges::none_of(person.addresses, has_nul) &&
           std::ranges::none_of(person.groups, has_nul, &Membership::group);
}

long long unix_seconds(const std::optional<WallTime>& time)
{
    return time ? std::chrono::duration_cast<std::chrono::seconds>(time->time_since_epoch()).count() : 0;
}

void set_face(Told& told)
{
    static const Person nobody;
    const Person& person = told.verdict.person ? *told.verdict.person : nobody;
    told.addresses.clear();
    for (const std::string& address : person.addresses)
        told.addresses.push_back(address.c_str());
    told.groups.clear();
    for (const Membership& membership : person.groups)
        told.groups.push_back(membership.group.c_str());
    told.face = {.text = told.verdict.text.c_str(),
                 .told = told.verdict.told.c_str(),
                 .detail = told.detail.c_str(),
                 .password_right = told.verdict.password_right ? 1 : 0,
                 .realm = person.realm.c_str(),
                 .name = person.name.c_str(),
                 .mailbox = person.mailbox.c_str(),
                 .id = person.id.c_str(),
                 .upn = person.upn.c_str(),
                 .display_name = person.display_name.c_str(),
                 .addresses = told.addresses.data(),
                 .address_count = told.addresses.size(),
                 .groups = told.groups.data(),
                 .group_count = told.groups.size(),
                 .valid_until = unix_seconds(told.verdict.valid_until)};
}

constexpr gh_answer without_person(const char* detail)
{
    return {.text = "logins are temporarily unavailable",
            .told = "",
            .detail = detail,
            .password_right = 0,
            .realm = "",
            .name = "",
            .mailbox = "",
            .id = "",
            .upn = "",
            .display_name = "",
            .addresses = nullptr,
            .address_count = 0,
            .groups = nullptr,
            .group_count = 0,
            .valid_until = 0};
}
constexpr gh_answer out_of_memory = without_person("out of memory");
constexpr gh_answer misused = without_person("the program that asks has left out a name");

Answer outage()
{
    Answer answer;
    answer.text = public_text(Reason::directory_unavailable);
    return answer;
}

gh_verdict word_of(const Answer& answer)
{
    switch (answer.outcome) {
    case Answer::Outcome::granted: return GH_GRANTED;
    case Answer::Outcome::denied: return GH_DENIED;
    case Answer::Outcome::unavailable: break;
    }
    return GH_UNAVAILABLE;
}

/// What `find` told, in the form of a verdict.
Result<Answer> as_answer(Result<wire::NativeFound> found)
{
    if (!found)
        return std::unexpected(std::move(found.error()));
    Answer answer;
    answer.outcome = found->person ? Answer::Outcome::granted : Answer::Outcome::denied;
    if (!found->person)
        answer.told = std::move(found->reason);
    answer.person = std::move(found->person);
    return answer;
}

Deadline deadline_in(int timeout_ms)
{
    return Clock::now() + std::chrono::milliseconds(std::max(timeout_ms, 0));
}

std::string text_or_empty(const char* text)
{
    return text != nullptr ? text : "";
}

} // namespace

struct gh_handle {
    explicit gh_handle(const char* path) : authd(path != nullptr ? path : std::string(default_socket)) {}

    gh_verdict keep(Result<Answer> answer)
    {
        told.detail = answer ? answer->detail : answer.error().text;
        told.verdict = answer ? std::move(*answer) : outage();
        if (told.verdict.person && !fits_c(*told.verdict.person)) {
            told.verdict = outage();
            told.detail = "a name, address or group of this person has a NUL";
        }
        set_face(told);
        return word_of(told.verdict);
    }

    BlockingAuthd authd;
    Told told;
};

namespace
{

/// Asks by `ask`, which gets a handle's BlockingAuthd, and sets the caller's answer in any case.
template <class Ask>
gh_verdict asked(gh_handle* handle, bool complete, const gh_answer** answer, Ask ask)
try {
    if (answer != nullptr)
        *answer = handle != nullptr && complete ? &out_of_memory : &misused; // until there is a better one
    if (handle == nullptr || !complete)
        return GH_UNAVAILABLE;
    const gh_verdict verdict = handle->keep(ask(handle->authd));
    if (answer != nullptr)
        *answer = &handle->told.face;
    return verdict;
} catch (const std::exception&) {
    return GH_UNAVAILABLE;
}

} // namespace

extern "C" gh_handle* gh_open(const char* socket_path)
try {
    SecretArena::set_default_size(secret_memory);
    return new gh_handle(socket_path);
} catch (const std::exception&) {
    return nullptr;
}

extern "C" gh_verdict gh_authenticate(gh_handle* handle, const char* service, const char* login, const char* password,
                                      std::size_t length, const char* client_address, int timeout_ms,
                                      const gh_answer** answer)
{
    const bool complete = service != nullptr && login != nullptr && (password != nullptr || length == 0);
    return asked(handle, complete, answer, [&](BlockingAuthd& authd) -> Result<Answer> {
        Login request{.service = service, .login = login, .password = {}, .address = text_or_empty(client_address)};
        if (!request.password.append(std::string_view(password, length)))
            return over_limit("the secret memory of this program is full");
        return authd.authenticate(std::move(request), deadline_in(timeout_ms));
    });
}

extern "C" gh_verdict gh_admit(gh_handle* handle, const char* service, const char* mechanism, const char* login,
                               const char* realm, const char* client_address, int timeout_ms, const gh_answer** answer)
{
    const bool complete = service != nullptr && mechanism != nullptr && login != nullptr;
    return asked(handle, complete, answer, [&](BlockingAuthd& authd) {
        return authd.admit({.service = service,
                            .mechanism = mechanism,
                            .login = login,
                            .address = text_or_empty(client_address),
                            .realm = text_or_empty(realm)},
                           deadline_in(timeout_ms));
    });
}

extern "C" gh_found gh_find(gh_handle* handle, const char* login, const char* realm, int timeout_ms,
                            const gh_answer** answer)
{
    const gh_verdict verdict = asked(handle, login != nullptr, answer, [&](BlockingAuthd& authd) {
        return as_answer(authd.find(login, deadline_in(timeout_ms), text_or_empty(realm)));
    });
    return verdict == GH_GRANTED ? GH_FOUND : verdict == GH_DENIED ? GH_NOBODY : GH_NOT_KNOWN;
}

extern "C" void gh_close(gh_handle* handle)
{
    delete handle;
}
