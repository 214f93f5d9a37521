#pragma once

#include <boost/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::integration
{

/// One line of authd's audit file.
class AuditLine
{
public:
    explicit AuditLine(std::string_view line);

    /// A member as text; empty when it is not there.
    std::string operator[](std::string_view member) const;
    std::int64_t number(std::string_view member) const;
    const std::string& text() const { return text_; }

private:
    std::string text_;
    boost::json::object members_;
};

/// authd's audit file, read from a mark on: tests of one lab run one after the other, so what follows the mark is
/// theirs. Lines are written a moment after the answer, hence the waiting.
class AuditFile
{
public:
    explicit AuditFile(std::filesystem::path path) : path_(std::move(path)) { mark(); }

    /// Forgets what was written so far.
    void mark();
    /// The lines since the mark, once there are `count` of them; fewer when they do not come in time.
    std::vector<AuditLine> lines(std::size_t count = 1,
                                 std::chrono::milliseconds within = std::chrono::seconds(3)) const;
    /// The lines since the mark as they are after a moment in which late ones could come: for "no line is written".
    std::vector<AuditLine> settled() const;

private:
    std::vector<AuditLine> read() const;

    std::filesystem::path path_;
    std::uintmax_t mark_ = 0;
};

} // namespace gatehouse::integration
