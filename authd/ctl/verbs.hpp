#pragma once

#include "base/result.hpp"
#include "client/blocking_authd.hpp"

#include <boost/json.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace gatehouse::ctl
{

/// What every verb that asks authd is told.
struct Common {
    std::string socket{client::default_control_socket};
    std::chrono::seconds timeout{20}; ///< longer than authd's own limit for a login
    bool json = false;                ///< one JSON value on standard output instead of text

    Deadline deadline() const { return Clock::now() + timeout; }
};

struct CheckOptions {
    std::string user;
    std::string service = "authctl";
    std::string address;
    bool password_stdin = false;
};

struct DoctorOptions {
    std::string config = "/etc/gatehouse/authd.yaml";
    std::string realm;  ///< empty: each
    std::string socket; ///< empty: the control socket that the configuration names
    bool only_keytabs = false;
    bool all = false;
    bool json = false;
};

struct ShadowOptions {
    std::string listen;
    std::string mode = "0666";
    std::string old = "/var/run/saslauthd/mux";
    std::size_t old_seconds = 30;
    std::size_t connections = 256;
    std::size_t queue = 1000;
    bool all = false;
};

/// sysexits(3), with 1 for "no".
enum ExitStatus : int {
    exit_ok = 0,
    exit_no = 1,           ///< denied, unknown, refused
    exit_usage = 64,       ///< EX_USAGE
    exit_no_authd = 69,    ///< EX_UNAVAILABLE: nobody listens at the socket
    exit_unavailable = 75, ///< EX_TEMPFAIL: an outage
};

// One verb, one file. Each writes to standard output and returns the exit status.
int status(const Common& common);
int check(const Common& common, const CheckOptions& options);
int explain(const Common& common, const std::string& user);
int reload(const Common& common);
int shield(const Common& common);
int shield_clear(const Common& common, const std::string& user);
/// `user` empty: everybody's.
int sessions(const Common& common, const std::string& user);
int kick(const Common& common, const std::string& user);
/// Become gatehouse-authd, which alone knows the store, with `--backup` or `--restore`. Come back only when that fails.
int store_backup(const std::string& config, const std::string& file);
int store_restore(const std::string& config, const std::string& file);
/// Becomes gatehouse-doctor, likewise; the exit status is then that of the examination.
int doctor(const DoctorOptions& options);
/// Serves until a signal. Exit status 1: the two differed.
int shadow(const Common& common, const ShadowOptions& options);
int hash(bool json, bool password_stdin, bool scram);

/// Says an error on standard error, and for programs as {"error":"..."} on standard output.
void say_error(bool json, std::string_view text);
/// The exit status for an error of a control question to authd, said with `say_error`.
int fail(const Common& common, const client::BlockingAuthd& authd, const Error& error);

/// One JSON value and a line end on standard output.
void print_json(const boost::json::value& value);

} // namespace gatehouse::ctl
