#pragma once

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

/// What pages, docs and alerts name: the tests of each program's metrics hold them together.
namespace gatehouse::metrics
{

inline std::string page_of(const std::vector<prometheus::MetricFamily>& families)
{
    return prometheus::TextSerializer().prometheus::Serializer::Serialize(families);
}

inline std::string file_text(const std::filesystem::path& file)
{
    std::ifstream stream(file);
    if (!stream)
        throw std::runtime_error(file.string() + " cannot be read");
    return {std::istreambuf_iterator<char>(stream), {}};
}

inline std::filesystem::path source_tree()
{
    return std::filesystem::canonical(__FILE__).parent_path().parent_path().parent_path().parent_path();
}

/// Names of our own metrics in a text; those of a histogram's parts as the histogram's.
inline std::set<std::string> names_in(const std::string& text)
{
    static const std::regex metric(R"(\b(gatehouse|process)_[a-z_]+[a-z]\b)");
    static const std::regex part("(_seconds)_(bucket|sum|count)$");
    std::set<std::string> names;
    for (std::sregex_iterator found(text.begin(), text.end(), metric), end; found != end; ++found)
        names.insert(std::regex_replace(found->str(), part, "$1"));
    return names;
}

inline bool is_of_mailgate(const std::string& name)
{
    return name.starts_with("gatehouse_mailgate_");
}

inline std::set<std::string> names_of(const std::vector<prometheus::MetricFamily>& families)
{
    std::set<std::string> names;
    for (const prometheus::MetricFamily& family : families)
        names.insert(family.name);
    return names;
}

/// What `promtool check metrics` says against a page; empty: nothing.
inline std::string faults_of(const std::string& page)
{
    const auto scratch = std::filesystem::temp_directory_path() / ("gatehouse-promtool-" + std::to_string(::getpid()));
    std::ofstream(scratch) << page;
    const std::string said = scratch.string() + ".said";
    const std::string command = "promtool check metrics < " + scratch.string() + " > " + said + " 2>&1";
    const int status = std::system(command.c_str()); // NOLINT(cert-env33-c): the command is fixed
    std::string faults = file_text(said);
    if (faults.empty() && status != 0)
        faults = "promtool failed";
    std::filesystem::remove(scratch);
    std::filesystem::remove(said);
    return faults;
}

} // namespace gatehouse::metrics
