#pragma once

#include "directory/entry.hpp"
#include "directory/openldap_group_doubts.hpp"
#include "directory/openldap_policy.hpp"
#include "directory/settings.hpp"
#include "identity/feed.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace gatehouse::directory
{

/// What an OpenLDAP feed has told so far, and how what it reads becomes what it tells. No I/O; one thread.
///
/// memberOf is kept by the server in writes of their own, which tell nobody (slapo-memberof), or is made when it is
/// read (slapo-dynlist). So when a group changes, the people whose memberOf may have followed are to be read again.
class OpenLdapLedger
{
public:
    enum class Kind { person, group };

    /// `settings` outlives it.
    explicit OpenLdapLedger(const OpenLdapSettings& settings);

    /// The stable id: entryUUID, else one made of the DN.
    static std::string id_of(const Entry& entry);

    /// Forgets everything, policies too: all will be told anew.
    void start_anew();
    bool empty() const noexcept { return people_.empty() && groups_.empty(); }
    std::size_t people() const noexcept { return people_.size(); }

    // What a refresh mentions stays; at its end the rest is gone.
    void begin_refresh(Kind kind);
    void mention(Kind kind, const std::string& id);
    void end_refresh(Kind kind);

    /// The entry as it is now. Its userPassword is wiped.
    void take(Kind kind, Entry entry);
    /// The same for one that was asked for: what was told meanwhile is newer.
    void take_read(Kind kind, Entry entry);
    /// Does nothing to an entry of the other kind: a server calls gone from a search what was never found by it.
    void remove(Kind kind, const std::string& id);
    /// The entry is known by this entryCSN and this DN, which moves without it when an entry above is renamed.
    bool knows(Kind kind, const Entry& entry) const;

    // Policies. Take a person only when the policy is known that the entry wants.
    /// The DN of the policy that holds for the person, if it was not learned yet.
    std::optional<std::string> missing_policy(const Entry& person) const;
    /// `policy`: nothing when it cannot be read. True when it is another one than before.
    bool learn_policy(const std::string& dn, std::optional<PasswordPolicy> policy);
    std::vector<std::string> policies() const;
    std::optional<PasswordPolicy> default_policy() const;

    /// Decides about groups that only memberOf names: they are told as groups, too. To be called when no refresh is
    /// under way.
    void settle();
    /// DNs of groups whose entries have to be read for a name, then `learn_name`, empty when there is no such entry.
    std::vector<std::string> nameless_groups() const;
    void learn_name(const std::string& dn, std::string name);

    /// Which groups are to be read again: none of those that only memberOf names, which have no members of their own.
    OpenLdapGroupDoubts& group_doubts() { return group_doubts_; }

    /// DNs of people to be read again now. A server writes memberOf after the group, so each comes twice.
    std::vector<std::string> due_again();
    /// `locked`: DN and pwdAccountLockedTime of everybody who is locked now. People of whom something else was told are
    /// to be read again: a read-only replica tells nobody of its own locks.
    void compare_locks(const std::map<std::string, std::string>& locked);

    /// What is to be told since the last call.
    Changes collect();

private:
    struct NamedGroup { ///< that somebody's memberOf names
        std::string dn;
        std::unordered_set<const std::string*> people; ///< the keys of people_
        std::string name;                              ///< once it is known
        bool searched = false;                         ///< the entry was read for its name
        bool own_record = false;                       ///< the group was told from its entry
        bool told = false;                             ///< it was told because of memberOf
    };
    struct ToldPerson {
        std::string dn;
        std::uint64_t csn = 0;
        std::string locked;             ///< pwdAccountLockedTime
        std::string policy;             ///< dn_key of pwdPolicySubentry
        std::optional<WallTime> starts; ///< pwdStartTime, when it is still to come
        std::vector<NamedGroup*> member_of;
        std::uint32_t refresh = 0;
    };
    struct ToldGroup {
        std::string key;
        std::uint64_t csn = 0;
        std::uint32_t refresh = 0;
    };

    /// The number of the entryCSN that was told last; 0: the entry is not known.
    std::uint64_t told_csn(Kind kind, const std::string& id) const;
    void take_person(Entry& entry);
    void move(ToldPerson& person, const std::string& dn); // empty: away
    void take_group(Entry& entry);
    void link(const std::string& id, ToldPerson& person, const Entry& entry);
    void unlink(const std::string& id, ToldPerson& person);
    void forget_group(const ToldGroup& group);
    void doubt_members(const std::string& key, const GroupRecord* now);
    void doubt(const std::string& dn) { doubtful_[dn] = 2; }
    std::string policy_of(const Entry& person) const;
    void tell(std::string id, std::optional<PersonRecord> person, std::optional<GroupRecord> group);

    struct Telling { ///< neither: the entry is gone
        std::string id;
        std::optional<PersonRecord> person;
        std::optional<GroupRecord> group;
    };

    const OpenLdapSettings& settings_;
    std::string people_suffix_;                          ///< dn_key of people_base
    std::unordered_map<std::string, ToldPerson> people_; // by id
    std::unordered_map<std::string, ToldGroup> groups_;
    OpenLdapGroupDoubts group_doubts_;
    std::unordered_map<std::string, NamedGroup> named_;             // by group_key
    std::set<std::string> unsettled_;                               // keys of named_
    std::map<std::string, std::optional<PasswordPolicy>> policies_; // by dn_key
    std::map<std::string, int> doubtful_;                           // DN, times still to be read
    std::set<std::string> locked_;                                  // ids of people_ with `locked`
    std::set<std::string> waiting_;                                 // ids of people_ with `starts`
    std::uint32_t refresh_[2] = {0, 0};                             // by Kind
    std::vector<Telling> tellings_;
    std::unordered_map<std::string, std::size_t> last_telling_; // by id
};

} // namespace gatehouse::directory
