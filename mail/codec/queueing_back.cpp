#include "codec/queueing_back.hpp"

#include "wire/secret_base64.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::codec
{

namespace
{
/// What no line of these protocols holds, and neither a client nor a log is to be told.
bool is_control(char c)
{
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
}
} // namespace

void QueueingBack::feed(std::span<const std::uint8_t> bytes)
{
    held_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::optional<StoreAction> QueueingBack::next()
{
    while (actions_.empty() && !waiting_ && !over_) {
        const std::size_t end = held_.find('\n');
        if (end == std::string::npos ? held_.size() > max_line : end > max_line || ++lines_ > max_lines)
            fail(false, "it sends more than the protocol allows here");
        else if (end == std::string::npos)
            break;
        else {
            std::string line = held_.substr(0, end);
            held_.erase(0, end + 1);
            if (line.ends_with('\r'))
                line.pop_back();
            if (std::ranges::any_of(line, is_control))
                fail(false, "it sends control characters");
            else
                take(line);
        }
    }
    if (actions_.empty())
        return std::nullopt;
    StoreAction action = std::move(actions_.front());
    actions_.pop_front();
    return action;
}

void QueueingBack::secured()
{
    waiting_ = false;
    held_.clear();
    wish_.starttls = false;
    begin_anew();
}

void QueueingBack::send(std::string_view text)
{
    Secret bytes;
    if (bytes.append(text))
        send(std::move(bytes));
    else
        fail_without_memory();
}

/// What a store says behind its answer was put there by somebody on the way.
void QueueingBack::start_tls()
{
    if (!held_.empty())
        return fail(false, "it has sent more in clear text before TLS began");
    waiting_ = true;
    actions_.push_back(StoreStartTls{});
}

void QueueingBack::done(StoreDone done)
{
    over_ = true;
    actions_.push_back(std::move(done));
}

void QueueingBack::fail(bool refused, std::string why)
{
    over_ = true;
    actions_.push_back(StoreFailed{refused, std::move(why)});
}

bool QueueingBack::append_plain(Secret& out) const
{
    Secret message;
    const std::string_view nul("\0", 1);
    return message.append(wish_.act_for) && message.append(nul) && message.append(wish_.user) && message.append(nul) &&
           message.append(wish_.password.bytes()) && wire::append_base64(out, message.bytes());
}

bool QueueingBack::append_quoted(Secret& out, std::string_view text)
{
    bool kept = out.append("\"");
    for (const char& c : text)
        kept = kept && ((c != '"' && c != '\\') || out.append("\\")) && out.append(std::string_view(&c, 1));
    return kept && out.append("\"");
}

} // namespace gatehouse::codec
