#pragma once

#include "codec/back.hpp"
#include "codec/front.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

// What a codec wants done, as lines of text: tests read a conversation from top to bottom.

namespace gatehouse::codec::test
{

inline std::span<const std::uint8_t> bytes_of(std::string_view text)
{
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string line_of(const FrontAction& action)
{
    struct Writer {
        std::string operator()(const Send& send) const { return "S: " + send.bytes; }
        std::string operator()(const StartTls&) const { return "tls\n"; }
        std::string operator()(const CheckPassword& check) const
        {
            return "password " + check.login + " / " + std::string(check.password.view()) + "\n";
        }
        std::string operator()(const BeginExchange& begin) const
        {
            return "begin " + begin.mechanism + (begin.initial ? " " + std::string(begin.initial->view()) : " -") +
                   "\n";
        }
        std::string operator()(const ExchangeStep& step) const
        {
            return "step " + std::string(step.response.view()) + "\n";
        }
        std::string operator()(const CancelExchange&) const { return "cancel\n"; }
        std::string operator()(const Close&) const { return "close\n"; }
    };
    std::string line = std::visit(Writer{}, action);
    std::erase(line, '\r');
    for (char& c : line)
        c = c == '\0' ? '~' : c;
    return line;
}

/// What the front wants done until it needs bytes or an answer.
inline std::string actions_of(Front& front)
{
    std::string lines;
    while (auto action = front.next())
        lines += line_of(*action);
    return lines;
}

/// Feeds `text` in pieces of `piece` bytes (0: whole).
inline std::string say(Front& front, std::string_view text, std::size_t piece = 0)
{
    std::string lines;
    for (std::size_t at = 0; at < text.size(); at += piece == 0 ? text.size() : piece) {
        if (!front.feed(bytes_of(text.substr(at, piece == 0 ? text.size() : piece))))
            return lines + "refused\n";
        lines += actions_of(front);
    }
    return lines;
}

inline std::string line_of(const StoreAction& action)
{
    struct Writer {
        std::string operator()(const StoreSend& send) const { return "C: " + std::string(send.bytes.view()); }
        std::string operator()(const StoreStartTls&) const { return "tls\n"; }
        std::string operator()(const StoreDone& done) const { return "done " + done.told + "\n"; }
        std::string operator()(const StoreFailed& failed) const
        {
            return (failed.refused ? "refused: " : "failed: ") + failed.why + "\n";
        }
    };
    std::string line = std::visit(Writer{}, action);
    std::erase(line, '\r');
    return line;
}

inline std::string say(Back& back, std::string_view text)
{
    back.feed(bytes_of(text));
    std::string lines;
    while (auto action = back.next())
        lines += line_of(*action);
    return lines;
}

inline Secret secret(std::string_view text)
{
    Secret out;
    (void)out.append(text);
    return out;
}

} // namespace gatehouse::codec::test
