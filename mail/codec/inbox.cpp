#include "codec/inbox.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

namespace gatehouse::codec
{

Result<void, wire::WireError> Inbox::feed(std::span<const std::uint8_t> bytes)
{
    if (bytes.size() > most_ - std::min(most_, size()))
        return std::unexpected(wire::WireError::too_long);
    if (!held_.append(bytes))
        return std::unexpected(wire::WireError::out_of_memory);
    return {};
}

std::optional<std::size_t> Inbox::line_end()
{
    const auto at = line_end_from(looked_);
    looked_ = at.value_or(size());
    return at;
}

std::optional<std::size_t> Inbox::line_end_from(std::size_t from) const
{
    const std::size_t at = view().find('\n', from);
    return at == std::string_view::npos ? std::nullopt : std::optional(at);
}

std::optional<Secret> Inbox::take(std::size_t count)
{
    if (head_ == 0 && count == held_.size()) { // the usual case, nothing pipelined: no copy
        looked_ = 0;
        return std::exchange(held_, {});
    }
    Secret taken;
    if (!taken.append(view().substr(0, count)))
        return std::nullopt;
    drop(count);
    return taken;
}

void Inbox::drop(std::size_t count)
{
    OPENSSL_cleanse(held_.writable().data() + head_, count);
    head_ += count;
    looked_ = looked_ > count ? looked_ - count : 0;
    compact();
}

/// Moves what is left once it is less than what was used: no byte is moved more than once for each byte used.
void Inbox::compact()
{
    if (empty()) {
        clear();
    } else if (size() <= head_) {
        held_.drop_front(head_);
        head_ = 0;
    }
}

void Inbox::clear()
{
    held_.wipe();
    head_ = 0;
    looked_ = 0;
}

Secret Inbox::rest()
{
    held_.drop_front(std::exchange(head_, 0));
    looked_ = 0;
    return std::exchange(held_, {});
}

} // namespace gatehouse::codec
