// The blocking C face of the client library; gatehouse.h says what it promises.
#include "client/gatehouse.h"

#include "client/blocking_authd.hpp"

#include <chrono>
#include <exception>
#include <string>
#include <vector>

using namespace gatehouse;
using namespace gatehouse::client;

namespace
{

/// The strings that a gh_answer points to.
struct Told {
    Answer verdict;
    std::string detail;
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
           !has_nul(person.upn) && !has_nul(person.display_name) &&
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
    told.groups.clear();
    for (const Membership& membership : person.groups)
        told.groups.push_back(membership.group.c_str());
    told.face = {.text = told.verdict.text.c_str(),
                 .detail = told.detail.c_str(),
                 .password_right = told.verdict.password_right ? 1 : 0,
                 .realm = person.realm.c_str(),
                 .name = person.name.c_str(),
                 .mailbox = person.mailbox.c_str(),
                 .id = person.id.c_str(),
                 .upn = person.upn.c_str(),
                 .display_name = person.display_name.c_str(),
                 .groups = told.groups.data(),
                 .group_count = told.groups.size(),
                 .valid_until = unix_seconds(told.verdict.valid_until)};
}

constexpr gh_answer out_of_memory{.text = "logins are temporarily unavailable",
                                  .detail = "out of memory",
                                  .password_right = 0,
                                  .realm = "",
                                  .name = "",
                                  .mailbox = "",
                                  .id = "",
                                  .upn = "",
                                  .display_name = "",
                                  .groups = nullptr,
                                  .group_count = 0,
                                  .valid_until = 0};

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

} // namespace

struct gh_handle {
    explicit gh_handle(const char* path) : authd(path != nullptr ? path : std::string(default_socket)) {}

    gh_verdict authenticate(Login login, Deadline deadline)
    {
        auto answer = authd.authenticate(std::move(login), deadline);
        told.detail = answer ? answer->detail : answer.error().text;
        told.verdict = answer ? std::move(*answer) : outage();
        if (told.verdict.person && !fits_c(*told.verdict.person)) {
            told.verdict = outage();
            told.detail = "a name or group of this person has a NUL";
        }
        set_face(told);
        return word_of(told.verdict);
    }

    BlockingAuthd authd;
    Told told;
};

extern "C" gh_handle* gh_open(const char* socket_path)
try {
    return new gh_handle(socket_path);
} catch (const std::exception&) {
    return nullptr;
}

extern "C" gh_verdict gh_authenticate(gh_handle* handle, const char* service, const char* login, const char* password,
                                      std::size_t length, const char* client_address, int timeout_ms,
                                      const gh_answer** answer)
try {
    if (answer != nullptr)
        *answer = &out_of_memory; // until there is a better one
    if (handle == nullptr || service == nullptr || login == nullptr || (password == nullptr && length > 0))
        return GH_UNAVAILABLE;
    Login request{.service = service, .login = login, .password = {}};
    if (!request.password.append(std::string_view(password, length)))
        return GH_UNAVAILABLE;
    if (client_address != nullptr)
        request.address = client_address;
    const auto verdict =
        handle->authenticate(std::move(request), Clock::now() + std::chrono::milliseconds(std::max(timeout_ms, 0)));
    if (answer != nullptr)
        *answer = &handle->told.face;
    return verdict;
} catch (const std::exception&) {
    return GH_UNAVAILABLE;
}

extern "C" void gh_close(gh_handle* handle)
{
    delete handle;
}
