#include "people/shared_trie.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <random>

using namespace gatehouse::people;

namespace
{
struct Entry {
    std::uint32_t hash;
    int value;
};

std::vector<int> values(const SharedTrie<Entry>& trie, std::uint32_t hash)
{
    std::vector<int> found;
    for (const Entry& entry : trie.with(hash))
        found.push_back(entry.value);
    std::ranges::sort(found);
    return found;
}
} // namespace

TEST_CASE("a shared trie holds what a multimap would, and its copies stay as they were")
{
    const bool clash = GENERATE(false, true);
    std::mt19937 random(7);
    const auto some_hash = [&] { return clash ? random() % 3 << 30 : random() % 3000; };
    SharedTrie<Entry> trie;
    std::multimap<std::uint32_t, int> model;
    std::vector<std::pair<SharedTrie<Entry>, std::multimap<std::uint32_t, int>>> copies;
    Edition edition = 1;
    for (int step = 0; step < 20'000; ++step) {
        const std::uint32_t hash = some_hash();
        if (random() % 3 != 0) {
            trie.insert(edition, {hash, step});
            model.emplace(hash, step);
        } else if (const auto at = model.find(hash); at != model.end()) {
            trie.erase(edition, hash, [&](const Entry& entry) { return entry.value == at->second; });
            model.erase(at);
        }
        if (step % 2000 == 0) {
            copies.emplace_back(trie, model);
            ++edition;
        }
    }
    copies.emplace_back(trie, model);
    for (const auto& [copy, then] : copies)
        for (std::uint32_t i = 0; i < 3000; ++i) {
            const std::uint32_t hash = clash ? i % 3 << 30 : i;
            std::vector<int> expected;
            for (auto [at, end] = then.equal_range(hash); at != end; ++at)
                expected.push_back(at->second);
            std::ranges::sort(expected);
            if (values(copy, hash) != expected)
                FAIL("hash " << hash);
            if (clash && i == 2)
                break;
        }
}

TEST_CASE("an entry that matches nothing is not erased, and put replaces")
{
    SharedTrie<Entry> trie;
    CHECK(trie.with(1).empty());
    trie.put(1, {1, 10});
    trie.erase(1, 1, [](const Entry& entry) { return entry.value == 11; });
    trie.erase(1, 2, [](const Entry&) { return true; });
    CHECK(values(trie, 1) == std::vector<int>{10});
    const SharedTrie<Entry> before = trie;
    trie.put(2, {1, 11});
    CHECK(values(trie, 1) == std::vector<int>{11});
    CHECK(values(before, 1) == std::vector<int>{10});
}
