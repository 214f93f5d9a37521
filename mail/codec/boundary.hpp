#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace gatehouse::codec
{

/// Watches what a store sends to a client after login, so that the front end's own last words are put between two
/// responses and never into one. Light: every byte of every session passes.
class Boundary
{
public:
    virtual ~Boundary() = default;
    virtual void client_sent(std::span<const std::uint8_t> bytes) = 0;
    virtual void store_sent(std::span<const std::uint8_t> bytes) = 0;
    /// What the store sent ends with a whole response, as far as can be known.
    virtual bool between_responses() const = 0;
};

/// One direction of IMAP or ManageSieve: lines, and the literals that they announce.
class LinesAndLiterals
{
public:
    /// `on_line(first bytes of a line)` for each line that no literal of a line before it belongs to.
    template <class OnLine>
    void feed(std::string_view bytes, OnLine on_line);
    bool at_line_begin() const { return literal_ == 0 && length_ == 0 && !continues_; }

private:
    void keep(std::string_view part);

    std::uint64_t literal_ = 0;   // bytes of it that are still to come
    std::size_t length_ = 0;      // of the line so far
    bool continues_ = false;      // the line goes on after a literal
    std::array<char, 80> head_{}; // of the line: a tag and a command's name
    std::array<char, 32> tail_{}; // the last bytes of the line, at the end of the array: a literal's announcement
};

/// IMAP (RFC 9051): a COMPRESS command (RFC 4978) ends all knowledge.
class ImapBoundary final : public Boundary
{
public:
    void client_sent(std::span<const std::uint8_t> bytes) override;
    void store_sent(std::span<const std::uint8_t> bytes) override;
    bool between_responses() const override { return !compressed_ && store_.at_line_begin(); }

private:
    LinesAndLiterals client_;
    LinesAndLiterals store_;
    bool compressed_ = false;
};

/// SMTP (RFC 5321): 421 may be the answer to anything, but not stand inside of a reply of several lines.
class SmtpBoundary final : public Boundary
{
public:
    void client_sent(std::span<const std::uint8_t> /*bytes*/) override {}
    void store_sent(std::span<const std::uint8_t> bytes) override;
    bool between_responses() const override { return column_ == 0 && !continues_; }

private:
    std::size_t column_ = 0;
    bool continues_ = false; // the last line has a "-" after its code
};

} // namespace gatehouse::codec
