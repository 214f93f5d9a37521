#include "doctor/telling.hpp"

#include "base/printable.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <ctime>

namespace gatehouse::doctor
{

namespace json = boost::json;

namespace
{
std::string padded(std::string_view text, std::size_t to)
{
    return std::string(text) + std::string(to - std::min(to, text.size()), ' ');
}

std::string day_of(std::chrono::system_clock::time_point time)
{
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    tm parts{};
    std::array<char, 32> text{};
    if (::localtime_r(&seconds, &parts) == nullptr || std::strftime(text.data(), text.size(), "%F %T", &parts) == 0)
        return "-";
    return text.data();
}

/// fault    keytab-keys  host/mail@CAMPUS: what was found
///          cure         the line to run
void tell(const Finding& finding, std::size_t width, std::string& out)
{
    out += padded(name_of(finding.severity), 9) + padded(finding.check, width) +
           (finding.about.empty() ? "" : printable(finding.about) + ": ") + printable(finding.text) + '\n';
    std::string_view title = "cure";
    for (const std::string& line : finding.cure)
        out += padded("", 9) + padded(std::exchange(title, ""), width) + printable(line) + '\n';
}

std::string count_of(std::size_t number, std::string_view what)
{
    return std::to_string(number) + ' ' + std::string(what) + (number == 1 ? "" : "s");
}

std::string summary(std::span<const Finding> findings)
{
    const auto count = [&](Severity severity) {
        return static_cast<std::size_t>(std::ranges::count(findings, severity, &Finding::severity));
    };
    const std::size_t faults = count(Severity::fault);
    const std::size_t warnings = count(Severity::warning);
    if (faults == 0 && warnings == 0)
        return "sound\n";
    const std::string separator = faults != 0 && warnings != 0 ? ", " : "";
    return (faults == 0 ? "" : count_of(faults, "fault")) + separator +
           (warnings == 0 ? "" : count_of(warnings, "warning")) + '\n';
}

json::object as_json(const Finding& finding)
{
    return {{"severity", name_of(finding.severity)},
            {"check", finding.check},
            {"realm", finding.realm},
            {"about", finding.about},
            {"text", finding.text},
            {"cure", json::array(finding.cure.begin(), finding.cure.end())}};
}

json::object as_json(const std::string& realm, const KeytabFile& keytab)
{
    json::array keys;
    for (const KeytabKey& key : keytab.keys)
        keys.push_back(json::object{{"principal", key.principal},
                                    {"kvno", key.kvno},
                                    {"enctype", enctype_name(key.enctype)},
                                    {"written", std::chrono::system_clock::to_time_t(key.written)}});
    return {{"realm", realm}, {"file", keytab.file}, {"keys", std::move(keys)}};
}
} // namespace

Severity worst_of(std::span<const Finding> findings)
{
    Severity worst = Severity::ok;
    for (const Finding& finding : findings)
        if (finding.severity >= Severity::warning)
            worst = std::max(worst, finding.severity);
    return worst;
}

std::string tell_findings(std::span<const Finding> findings, bool all)
{
    std::size_t width = 4;
    for (const Finding& finding : findings)
        width = std::max(width, finding.check.size());
    std::string out;
    std::string_view realm;
    for (const Finding& finding : findings) {
        if (!all && finding.severity < Severity::warning)
            continue;
        if (finding.realm != realm) {
            realm = finding.realm;
            out += "realm " + finding.realm + '\n';
        }
        tell(finding, width + 2, out);
    }
    return out + summary(findings);
}

std::string tell_keytabs(std::span<const RealmKeytabs> realms)
{
    std::string out;
    for (const RealmKeytabs& realm : realms)
        for (const KeytabFile& keytab : realm.keytabs) {
            out += "realm " + realm.realm + "  " + keytab.file + '\n';
            std::size_t width = 9;
            for (const KeytabKey& key : keytab.keys)
                width = std::max(width, key.principal.size());
            out += "  " + padded("PRINCIPAL", width + 2) + "KVNO  " + padded("WRITTEN", 21) + "KEY TYPE\n";
            for (const KeytabKey& key : keytab.keys)
                out += "  " + padded(printable(key.principal), width + 2) + padded(std::to_string(key.kvno), 6) +
                       padded(day_of(key.written), 21) + enctype_name(key.enctype) + '\n';
        }
    return out.empty() ? "no realm has a keytab (passwords.keytab, tickets.keytab)\n" : out;
}

std::string tell_as_json(std::span<const Finding> findings, std::span<const RealmKeytabs> realms)
{
    json::array told;
    for (const Finding& finding : findings)
        told.push_back(as_json(finding));
    json::object whole{{"worst", name_of(worst_of(findings))}, {"findings", std::move(told)}};
    if (!realms.empty()) {
        json::array keytabs;
        for (const RealmKeytabs& realm : realms)
            for (const KeytabFile& keytab : realm.keytabs)
                keytabs.push_back(as_json(realm.realm, keytab));
        whole["keytabs"] = std::move(keytabs);
    }
    return json::serialize(whole) + '\n';
}

} // namespace gatehouse::doctor
