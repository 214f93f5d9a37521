// Is the clock here that of the directory? Kerberos refuses beyond five minutes; expiry and logon hours go by the
// clock.
#include "doctor/check.hpp"
#include "doctor/clock_judgement.hpp"
#include "doctor/cures.hpp"

#include <ctime>

namespace gatehouse::doctor
{

namespace
{
using std::chrono::seconds;
constexpr seconds tolerable{30};
constexpr seconds kerberos_limit{300}; // RFC 4120 section 1.6, and every KDC's default

/// GeneralizedTime in UTC (RFC 4517 section 3.3.13) as Active Directory writes it: 20310501120000.0Z.
std::optional<WallTime> parse_time(const std::string& text)
{
    tm parts{};
    const char* const end = ::strptime(text.c_str(), "%Y%m%d%H%M%S", &parts);
    if (end == nullptr || !text.ends_with('Z'))
        return std::nullopt;
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
}
} // namespace

void judge_clock(const std::string& whose, seconds ahead, Report& report)
{
    const seconds distance = ahead < seconds{0} ? -ahead : ahead;
    const std::string text = "its clock is " + std::to_string(distance.count()) + " s " +
                             (ahead < seconds{0} ? "behind" : "ahead of") + " the one here";
    const Cure cure{
        "run chronyd or systemd-timesyncd here, with the domain controllers as its servers (timedatectl "
        "says whether it does)",
        "if this machine is right: w32tm /resync on the domain controller, chronyc makestep on a Samba one"};
    if (distance > kerberos_limit)
        report.fault(whose, text + "; Kerberos refuses more than 300 s", cure);
    else if (distance > tolerable)
        report.warn(whose, text + "; Kerberos refuses more than 300 s", cure);
    else
        report.ok(whose, "the clocks agree");
}

void check_clock(Examination& examination, Report& report)
{
    bool known = false;
    for (const Server& server : examination.servers()) {
        const auto told = parse_time(std::string(server.root_dse.first("currentTime")));
        if (!told)
            continue;
        known = true;
        judge_clock(server.name, std::chrono::floor<seconds>(*told) - std::chrono::floor<seconds>(server.root_read_at),
                    report);
    }
    if (!known)
        report.skip("no server tells its time");
}

} // namespace gatehouse::doctor
