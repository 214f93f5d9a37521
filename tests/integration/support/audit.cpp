#include "support/audit.hpp"

#include <fstream>
#include <sstream>
#include <thread>

namespace gatehouse::integration
{

AuditLine::AuditLine(std::string_view line) : text_(line), members_(boost::json::parse(line).as_object()) {}

std::string AuditLine::operator[](std::string_view member) const
{
    const boost::json::value* const value = members_.if_contains(member);
    return value == nullptr ? std::string() : std::string(value->as_string());
}

std::int64_t AuditLine::number(std::string_view member) const
{
    return members_.at(member).as_int64();
}

void AuditFile::mark()
{
    std::error_code missing;
    const auto size = std::filesystem::file_size(path_, missing);
    mark_ = missing ? 0 : size;
}

std::vector<AuditLine> AuditFile::read() const
{
    std::ifstream file(path_, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(mark_));
    std::vector<AuditLine> lines;
    for (std::string line; std::getline(file, line) && !file.eof();) // the last line may be half written
        lines.emplace_back(line);
    return lines;
}

std::vector<AuditLine> AuditFile::lines(std::size_t count, std::chrono::milliseconds within) const
{
    const auto end = std::chrono::steady_clock::now() + within;
    std::vector<AuditLine> lines = read();
    while (lines.size() < count && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        lines = read();
    }
    return lines;
}

std::vector<AuditLine> AuditFile::settled() const
{
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return read();
}

} // namespace gatehouse::integration
