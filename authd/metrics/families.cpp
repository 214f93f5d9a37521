#include "metrics/families.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <fstream>

namespace gatehouse::metrics
{

void add(prometheus::MetricFamily& family, Labels labels, double value)
{
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    (family.type == Type::Counter ? metric.counter.value : metric.gauge.value) = value;
    family.metric.push_back(std::move(metric));
}

prometheus::MetricFamily& family(Families& families, Type type, const char* name, const char* help)
{
    return families.emplace_back(prometheus::MetricFamily{name, help, type, {}});
}

void tell(Families& families, Type type, const char* name, const char* help, double value, Labels labels)
{
    add(family(families, type, name, help), std::move(labels), value);
}

double now()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void tell_program(Families& families, double started)
{
    tell(families, Type::Gauge, "gatehouse_build_info", "1, with the version of the program", 1,
         {{"version", GATEHOUSE_VERSION}});
    tell(families, Type::Gauge, "process_start_time_seconds",
         "Start time of the process since the Unix epoch in seconds", started);
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) == 0) {
        const auto whole = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec;
        const auto micro = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
        tell(families, Type::Counter, "process_cpu_seconds_total", "User and system CPU time spent in seconds",
             static_cast<double>(whole) + static_cast<double>(micro) / 1e6);
    }
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    if (std::ifstream("/proc/self/statm") >> size >> resident)
        tell(families, Type::Gauge, "process_resident_memory_bytes", "Resident memory size in bytes",
             static_cast<double>(resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))));
}

void tell_secret_memory(Families& families, std::size_t used, std::size_t size)
{
    tell(families, Type::Gauge, "gatehouse_secret_memory_used_bytes", "Locked memory in use",
         static_cast<double>(used));
    tell(families, Type::Gauge, "gatehouse_secret_memory_size_bytes", "Locked memory in all",
         static_cast<double>(size));
}

} // namespace gatehouse::metrics
