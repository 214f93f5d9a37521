#include "base/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <cstdlib>

namespace gatehouse::log
{

namespace
{
/// %* in the pattern: the syslog priority prefix of sd-daemon(3).
class PriorityFlag : public spdlog::custom_flag_formatter
{
public:
    void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override
    {
        const std::string_view prefix = message.level >= spdlog::level::err    ? "<3>"
                                        : message.level == spdlog::level::warn ? "<4>"
                                        : message.level == spdlog::level::info ? "<6>"
                                                                               : "<7>";
        out.append(prefix.data(), prefix.data() + prefix.size());
    }
    std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<PriorityFlag>(); }
};
} // namespace

void set_up(std::string_view level)
{
    auto logger = std::make_shared<spdlog::logger>("gatehouse", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
    formatter->add_flag<PriorityFlag>('*').set_pattern(journal ? "%*%v" : "%Y-%m-%dT%H:%M:%S.%e%z %l: %v");
    logger->set_formatter(std::move(formatter));
    logger->set_level(spdlog::level::from_str(std::string(level)));
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
}

} // namespace gatehouse::log
