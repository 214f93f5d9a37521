#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace gatehouse::people
{

/// Counts the copies that were handed out of a set of tries. What was made in the present edition is nobody else's and
/// may be changed in place; everything older may be shared and is copied first.
using Edition = std::uint64_t;

/// A table by 32-bit hash whose copies share what they have in common: a copy costs one pointer, a change after it the
/// way from the root to one leaf (some KiB). Several entries may have one hash. Copies may be read by any thread while
/// the one who edits goes on with another edition.
///
/// A trie over 4 bits of the hash at a time; a leaf is split when it outgrows `leaf_limit`, so that leaves hold a
/// sixteenth of that or more, and cost little beside their entries. `Entry` has a member `hash`.
template <class Entry, std::size_t leaf_limit = 256>
class SharedTrie
{
public:
    /// All entries with this hash; valid as long as this copy is neither changed nor gone.
    std::span<const Entry> with(std::uint32_t hash) const
    {
        const Node* node = root_.get();
        for (std::uint32_t rest = hash; node != nullptr && node->children; rest >>= bits)
            node = (*node->children)[rest % width].get();
        if (node == nullptr)
            return {};
        const auto found = std::ranges::equal_range(node->entries, hash, {}, &Entry::hash);
        return {found.begin(), found.end()};
    }

    /// Calls `visit(entry)` for every entry, in no order.
    template <class Visit>
    void for_each(Visit visit) const
    {
        walk(root_.get(), visit);
    }

    void insert(Edition edition, Entry entry)
    {
        const std::uint32_t hash = entry.hash;
        Node* node = &own(root_, edition);
        unsigned depth = 0;
        for (;; ++depth) {
            if (!node->children && (node->entries.size() < leaf_limit || depth == max_depth))
                break;
            if (!node->children)
                split(*node, edition, depth);
            node = &own(child(*node, hash, depth), edition);
        }
        auto& entries = node->entries;
        if (entries.size() == entries.capacity())
            entries.reserve(entries.size() + entries.size() / 8 + 1); // leaves are many: little in reserve
        entries.insert(std::ranges::upper_bound(entries, hash, {}, &Entry::hash), std::move(entry));
    }

    /// Removes the first entry with this hash that `matches`.
    template <class Matches>
    void erase(Edition edition, std::uint32_t hash, Matches matches)
    {
        edit(edition, hash, matches, [](Node& leaf, auto at) { leaf.entries.erase(at); });
    }

    /// Replaces the only entry of this hash, or inserts it.
    void put(Edition edition, Entry entry)
    {
        const auto any = [](const Entry&) { return true; };
        if (with(entry.hash).empty())
            insert(edition, std::move(entry));
        else
            edit(edition, entry.hash, any, [&](Node&, auto at) { *at = std::move(entry); });
    }

private:
    static constexpr unsigned bits = 4;
    static constexpr std::uint32_t width = 1U << bits;
    static constexpr unsigned max_depth = 32 / bits;

    struct Node;
    using Children = std::array<std::shared_ptr<Node>, width>;
    struct Node {
        Edition edition = 0;
        std::vector<Entry> entries{}; // of a leaf: by hash
        std::unique_ptr<Children> children{};

        explicit Node(Edition of) : edition(of) {}
        Node(const Node& other, Edition of)
            : edition(of),
              entries(other.entries),
              children(other.children ? std::make_unique<Children>(*other.children) : nullptr)
        {
        }
    };

    template <class Visit>
    static void walk(const Node* node, Visit& visit)
    {
        if (node == nullptr)
            return;
        for (const Entry& entry : node->entries)
            visit(entry);
        if (node->children)
            for (const std::shared_ptr<Node>& below : *node->children)
                walk(below.get(), visit);
    }

    static std::shared_ptr<Node>& child(Node& node, std::uint32_t hash, unsigned depth)
    {
        return (*node.children)[hash >> bits * depth & (width - 1)];
    }

    /// The node that the pointer holds, made or copied if it is not of this edition.
    static Node& own(std::shared_ptr<Node>& node, Edition edition)
    {
        if (!node)
            node = std::make_shared<Node>(edition);
        else if (node->edition != edition)
            node = std::make_shared<Node>(*node, edition);
        return *node;
    }

    static void split(Node& leaf, Edition edition, unsigned depth)
    {
        leaf.children = std::make_unique<Children>();
        for (Entry& entry : std::exchange(leaf.entries, {}))
            own(child(leaf, entry.hash, depth), edition).entries.push_back(std::move(entry)); // stays sorted
    }

    template <class Matches, class Change>
    void edit(Edition edition, std::uint32_t hash, Matches matches, Change change)
    {
        if (std::ranges::none_of(with(hash), matches))
            return;
        Node* node = &own(root_, edition);
        for (unsigned depth = 0; node->children; ++depth)
            node = &own(child(*node, hash, depth), edition);
        const auto same_hash = std::ranges::equal_range(node->entries, hash, {}, &Entry::hash);
        change(*node, std::ranges::find_if(same_hash, matches));
    }

    std::shared_ptr<Node> root_;
};

} // namespace gatehouse::people
