#pragma once

#include <boost/unordered/unordered_flat_set.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

struct evp_mac_ctx_st;

namespace gatehouse::people
{

/// A number for each text that objects are called by.
using KeyId = std::uint32_t;

/// The texts that objects are called by, and a number for each. What is kept of a text is its SipHash under a random
/// key of our own, 16 bytes where a DN takes 80: two texts with one hash do not come up by chance, and cannot be made
/// without the key. Used by one thread.
class Keys
{
public:
    Keys();
    ~Keys();
    Keys(const Keys&) = delete;
    Keys& operator=(const Keys&) = delete;

    /// The text's number; a new one if it has none.
    KeyId id_of(std::string_view text);
    /// The number may be given to another text.
    void drop(KeyId id);

private:
    using Print = std::array<std::uint64_t, 2>;
    struct FreeMac {
        void operator()(evp_mac_ctx_st* mac) const;
    };
    /// Ids and prints alike are hashed and compared by the print, so that a print is kept once.
    struct HashPrint {
        using is_avalanching = void;
        using is_transparent = void;
        const std::vector<Print>* prints;

        std::size_t operator()(const Print& print) const { return print[0]; }
        std::size_t operator()(KeyId id) const { return (*prints)[id][0]; }
    };
    struct SamePrint {
        using is_transparent = void;
        const std::vector<Print>* prints;

        bool operator()(KeyId a, KeyId b) const { return a == b; }
        bool operator()(const Print& print, KeyId id) const { return print == (*prints)[id]; }
        bool operator()(KeyId id, const Print& print) const { return print == (*prints)[id]; }
    };

    Print print_of(std::string_view text);

    std::unique_ptr<evp_mac_ctx_st, FreeMac> mac_;
    std::vector<Print> prints_; // by id
    boost::unordered_flat_set<KeyId, HashPrint, SamePrint> ids_{0, HashPrint{&prints_}, SamePrint{&prints_}};
    std::vector<KeyId> free_;
};

} // namespace gatehouse::people
