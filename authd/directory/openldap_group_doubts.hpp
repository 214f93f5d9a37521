#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace gatehouse::directory
{

/// DNs that are due, by how many times still; each is now due once less.
std::vector<std::string> due_now(std::map<std::string, int>& dns);

/// Which groups may have other members than they were told to have. When a member is deleted, renamed or moved, slapd's
/// overlays (slapo-memberof with memberof-refint, slapo-refint) write the groups that listed it, in writes of their own
/// that tell nobody and move no entryCSN. Whoever gets the DN next would inherit the groups of the one before, and who
/// was renamed would lose theirs. So those groups are to be read again. No I/O; one thread.
class OpenLdapGroupDoubts
{
public:
    /// Forgets everything; what comes until `everything_told` is no news.
    void start_anew();
    void everything_told() { sweeping_ = false; }

    /// A group as it is now; `members`: keys.
    void told(const std::string& id, const std::string& dn, const std::vector<std::string>& members);
    void gone(const std::string& id) { groups_.erase(id); }

    /// Nobody is called by this key any more.
    void left(std::string_view key);
    /// Somebody is now at this DN who was not there before. Which groups list it only the server knows.
    void came(const std::string& dn);

    /// DNs of groups to be read again now. The overlays write after the change itself, so each comes twice.
    std::vector<std::string> due_again();
    /// DNs that came: their groups are searched for twice, for the same reason.
    std::vector<std::string> newcomers();
    /// Was the group told with this member?
    bool lists(const std::string& id, std::string_view key) const;

private:
    using Digest = std::size_t; ///< of a key: a group of all people has as many
    struct Group {
        std::string dn;
        std::unordered_set<Digest> members;
    };

    bool sweeping_ = false;
    std::unordered_map<std::string, Group> groups_; // by id
    std::unordered_set<Digest> left_;
    std::map<std::string, int> doubtful_; // DN, times still to be read
    std::map<std::string, int> came_;
};

} // namespace gatehouse::directory
