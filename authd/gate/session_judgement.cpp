#include "gate/session_judgement.hpp"

#include "gate/admission.hpp"

namespace gatehouse::gate
{

SessionJudgement::SessionJudgement(const Rules& rules, WallTime now) : rules_(rules), now_(now)
{
    views_.reserve(rules.realms.size());
    for (const Realm& realm : rules.realms)
        views_.emplace_back(realm);
}

Reason SessionJudgement::turn_to(std::string_view realm, std::string_view person)
{
    person_ = nullptr;
    asked_ = nullptr;
    if (realm_ >= rules_.names.size() || rules_.names[realm_].realm != realm)
        for (realm_ = 0; realm_ < rules_.names.size() && rules_.names[realm_].realm != realm;)
            ++realm_;
    if (realm_ == rules_.names.size())
        return Reason::unknown_realm;
    const MirrorView& view = views_[realm_];
    if (view.people() == nullptr)
        return Reason::granted;
    person_ = view.people()->with_id(person);
    if (!person_) // an old mirror may not have heard of somebody who is new
        return view.is() == MirrorIs::live ? Reason::unknown_person : Reason::granted;
    return account_standing(person_->state(), now_);
}

Reason SessionJudgement::admits(const std::string& service)
{
    const ServiceRule* const rule = rules_.rule_of(service);
    if (!person_ || rule == nullptr || rule->allow_groups.empty())
        return Reason::granted;
    if (std::exchange(asked_, rule) == rule)
        return answer_;
    const auto& wanted = rule->allow_groups.of(rules_.names[realm_].realm);
    answer_ = views_[realm_].people()->first_group_of(*person_, wanted) ? Reason::granted : Reason::not_admitted;
    return answer_;
}

} // namespace gatehouse::gate
