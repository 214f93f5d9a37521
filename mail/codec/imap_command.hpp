#pragma once

#include "base/secret.hpp"
#include "codec/inbox.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace gatehouse::codec
{

/// Collects one IMAP command with its literals (RFC 9051, section 2.2.1; non-synchronizing ones: RFC 7888).
class ImapCommandReader
{
public:
    struct Command {
        Secret bytes; ///< the command without its last line end; literals stand in it as they were sent
    };
    /// The client waits for "+ ": a synchronizing literal that fits is announced.
    struct GoAhead {
    };
    /// A synchronizing literal that is too large: the client was not told to send it, and the command is over.
    struct TooLarge {
        std::string tag; ///< of the command; "*" where there is none
    };
    /// The client sends what cannot be told apart from commands: a line or a non-synchronizing literal beyond the
    /// limit.
    struct Lost {
    };
    struct NoMemory {
    };
    using Event = std::variant<Command, GoAhead, TooLarge, Lost, NoMemory>;

    ImapCommandReader(std::size_t max_line, std::size_t max_literal) : max_line_(max_line), max_literal_(max_literal) {}

    /// What `inbox` holds next; nothing: more bytes are needed.
    std::optional<Event> next(Inbox& inbox);
    /// Begins anew: after TLS has begun.
    void reset() { whole_ = scanned_ = line_ = 0; }

private:
    static constexpr std::size_t max_literals = 16;

    std::optional<Event> literal(Inbox& inbox, std::size_t line_end);

    std::size_t max_line_;
    std::size_t max_literal_;
    std::size_t whole_ = 0;    // bytes from the front that belong to the command: lines and literals
    std::size_t scanned_ = 0;  // bytes that hold no line end after whole_
    std::size_t line_ = 0;     // where the line that is being read begins
    std::size_t literals_ = 0; // of this command
};

/// Reads the words of a command. Quoted strings are unescaped in place, so views into the command stay in its memory.
class ImapWords
{
public:
    explicit ImapWords(Secret& command) : bytes_(command.writable()) {}

    /// The tag, which the space after it ends (RFC 9051: no "+").
    std::optional<std::string_view> tag();
    /// An atom: a command's name, a mechanism.
    std::optional<std::string_view> atom();
    /// An atom, a quoted string or a literal.
    std::optional<std::string_view> astring();
    /// The space before another word. False: none follows.
    bool space();
    bool at_end() const { return at_ == bytes_.size(); }
    /// What follows, not looked at.
    std::string_view rest() const { return text().substr(at_); }

private:
    std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
    std::optional<std::string_view> quoted();
    std::optional<std::string_view> literal();

    std::span<std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

/// The literal that a line announces at its end, "{5}" or "{5+}": at its begin or after a space, a parenthesis, or the
/// "~" of literals that may hold NUL (RFC 3516, section 4.4).
struct ImapLiteral {
    std::uint64_t size = 0;
    bool synchronizing = true;
};
std::optional<ImapLiteral> announced_literal(std::string_view line);

} // namespace gatehouse::codec
