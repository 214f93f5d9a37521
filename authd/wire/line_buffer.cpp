#include "wire/line_buffer.hpp"

#include <openssl/crypto.h>

#include <cstring>
#include <utility>

namespace gatehouse::wire
{

std::unexpected<WireError> LineBuffer::fail(WireError error)
{
    failure_ = error;
    return std::unexpected(error);
}

Result<void, WireError> LineBuffer::feed(std::span<const std::uint8_t> bytes)
{
    if (failure_)
        return std::unexpected(*failure_);
    std::size_t begin = 0; // of the line being looked at, in `bytes`
    std::size_t whole = 0;
    std::size_t open = open_;
    bool too_long = false;
    while (begin < bytes.size()) {
        const auto rest = bytes.subspan(begin);
        const void* lf = std::memchr(rest.data(), '\n', rest.size());
        const std::size_t length =
            lf == nullptr ? rest.size() : static_cast<std::size_t>(static_cast<const std::uint8_t*>(lf) - rest.data());
        too_long = open + length > max_line_;
        if (too_long)
            break;
        open += length;
        if (lf == nullptr)
            break;
        begin += length + 1;
        open = 0;
        ++whole;
    }
    if (too_long) {
        if (whole == 0)
            store_.truncate(store_.size() - open_);
        open = 0;
        bytes = bytes.first(begin);
    }
    if (!store_.append(bytes))
        return fail(WireError::out_of_memory);
    whole_ += whole;
    open_ = open;
    if (store_.size() == head_) {
        store_.wipe();
        head_ = 0;
    }
    if (too_long)
        return fail(WireError::too_long);
    return {};
}

std::optional<Secret> LineBuffer::next()
{
    if (whole_ == 0)
        return std::nullopt;
    const auto held = store_.bytes().subspan(head_);
    const auto* lf = static_cast<const std::uint8_t*>(std::memchr(held.data(), '\n', held.size()));
    return take(static_cast<std::size_t>(lf - held.data()));
}

/// Takes the line of `length` bytes at head_, whose LF follows.
std::optional<Secret> LineBuffer::take(std::size_t length)
{
    const std::size_t end = head_ + length + 1;
    const bool cr = line_end_ == LineEnd::strip_cr && length > 0 && store_.bytes()[end - 2] == '\r';
    Secret line;
    if (head_ == 0 && end == store_.size()) { // the usual case, nothing pipelined: no copy
        line = std::move(store_);
        line.truncate(length - (cr ? 1 : 0));
        if (line.empty())
            line.wipe();
        whole_ = 0;
        return line;
    }
    if (!line.append(store_.bytes().subspan(head_, length - (cr ? 1 : 0)))) {
        failure_ = WireError::out_of_memory;
        return std::nullopt;
    }
    OPENSSL_cleanse(store_.writable().data() + head_, length + 1);
    head_ = end;
    --whole_;
    compact();
    return line;
}

/// Moves what is left to a slot of its own size once it is less than what was taken: no byte is moved more than once
/// for each byte taken.
void LineBuffer::compact()
{
    const auto rest = store_.bytes().subspan(head_);
    if (rest.size() > head_)
        return;
    Secret fresh;
    if (fresh.append(rest))
        store_ = std::move(fresh);
    else
        store_.drop_front(head_);
    head_ = 0;
}

} // namespace gatehouse::wire
