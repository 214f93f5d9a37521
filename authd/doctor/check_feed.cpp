// Does the authd that runs here hear of changes in the realm?
#include "doctor/check.hpp"
#include "doctor/cures.hpp"

namespace gatehouse::doctor
{

void check_feed(Examination& examination, Report& report)
{
    const Daemon& daemon = examination.daemon();
    switch (daemon.state()) {
    case Daemon::State::absent: report.skip("no authd listens at " + examination.control()); return;
    case Daemon::State::mute:
        report.warn(examination.control(), "authd does not tell its state: " + daemon.trouble(),
                    {"run this as root or as a user who may open the socket; see the daemon's log"});
        return;
    case Daemon::State::strange:
        report.warn({}, "the authd that runs does not know this realm: it has read another configuration",
                    {"authctl reload"});
        return;
    case Daemon::State::told: break;
    }
    const boost::json::object* const feed = daemon.feed();
    if (feed == nullptr) {
        report.ok({}, "authd follows no changes: nothing is remembered (proofs.remember)");
        return;
    }
    const boost::json::value* const live = feed->if_contains("live");
    if (live != nullptr && live->is_bool() && live->get_bool())
        report.ok(text_at(*feed, "server"), "changes arrive");
    else
        report.warn(text_at(*feed, "server"),
                    "changes do not arrive, so passwords, groups and states may be old: " + text_at(*feed, "trouble"),
                    {"mend what the other checks tell; if they tell nothing, authctl status and the daemon's log"});
}

} // namespace gatehouse::doctor
