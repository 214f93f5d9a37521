#include "identity/verifiers.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace gatehouse
{

Verifiers::Verifiers(std::vector<Realm> realms)
{
    for (Realm& realm : realms) {
        names_.push_back(std::move(realm.names));
        sources_.push_back(std::move(realm.source));
    }
}

bool Verifiers::any() const
{
    return std::ranges::any_of(sources_, [](const auto& source) { return source != nullptr; });
}

const VerifierSource* Verifiers::source_of(const RealmNames* names) const
{
    return sources_[static_cast<std::size_t>(names - names_.data())].get();
}

FoundVerifier Verifiers::find(std::string_view login, std::string_view hint, ScramHash hash) const
{
    // A text that is no name, and a name of no realm, are looked up as they stand: they must get a decoy.
    const std::string text(login);
    const LoginName as_it_stands{.form = LoginName::Form::plain, .given = text, .user = text, .qualifier = {}};
    const LoginName name = parse_login_name(login).value_or(as_it_stands);
    std::optional<FoundVerifier> best;
    for (const RealmNames* realm : route(name, hint, names_)) {
        const VerifierSource* const source = source_of(realm);
        if (source == nullptr)
            continue;
        FoundVerifier found = source->find_verifier(name, hash);
        if (best && !best->name.empty() && !found.name.empty()) {
            best->reason = Reason::ambiguous_name;
            best->why = "found in realm " + best->realm + " and in realm " + found.realm;
        } else if (!best || best->name.empty()) {
            best = std::move(found);
        }
    }
    if (best)
        return std::move(*best);
    const auto first = std::ranges::find_if(sources_, [](const auto& source) { return source != nullptr; });
    if (first == sources_.end())
        return {.verifier = {}, .reason = Reason::internal, .why = "no realm keeps SCRAM verifiers"};
    FoundVerifier found = (*first)->find_verifier(as_it_stands, hash);
    return {.verifier = std::move(found.verifier),
            .reason = is_outage(found.reason) ? found.reason : Reason::unknown_person,
            .why = std::move(found.why)};
}

} // namespace gatehouse
