// NTLM (Outlook's SPA): only where a listener offers it, judged by winbind, and every answer counts as a password does.
#include "support/clients.hpp"
#include "support/eventually.hpp"
#include "support/lockable.hpp"
#include "tickets_lab.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <atomic>
#include <csignal>
#include <iostream>
#include <random>
#include <sstream>
#include <thread>

namespace gatehouse::integration
{

using namespace std::chrono_literals;

namespace
{
Place ntlm_door()
{
    return Lab::current().socket("dovecot/run/login/login");
}

std::string login_of(const SamplePerson& person)
{
    return "CAMPUS\\" + person.name;
}

/// winbindd, which is the domain controller's here, and the children that it works with.
std::vector<pid_t> winbind_processes()
{
    const Output output = run({"pgrep", "-f", "winbindd.*" + Lab::current().show("samba-ad").at("smb_conf")});
    std::vector<pid_t> processes;
    std::istringstream words(output.out);
    for (pid_t process = 0; words >> process;)
        processes.push_back(process);
    const auto parents = processes;
    for (const pid_t parent : parents) {
        std::istringstream children(run({"pgrep", "-P", std::to_string(parent)}).out);
        for (pid_t process = 0; children >> process;)
            processes.push_back(process);
    }
    return processes;
}

/// winbindd does not answer for as long as this lives.
class SilentWinbind
{
public:
    SilentWinbind() : processes_(winbind_processes())
    {
        REQUIRE_FALSE(processes_.empty());
        for (const pid_t process : processes_)
            ::kill(process, SIGSTOP);
    }
    ~SilentWinbind()
    {
        for (const pid_t process : processes_)
            ::kill(process, SIGCONT);
    }
    SilentWinbind(const SilentWinbind&) = delete;
    SilentWinbind& operator=(const SilentWinbind&) = delete;

private:
    std::vector<pid_t> processes_;
};
} // namespace

TEST_CASE("NTLM: mail clients with a domain password sign in through Dovecot and Postfix", "[active-directory]")
{
    const Lab& lab = Lab::current();
    const SamplePerson& alice = lab.person("alice");
    const std::vector<std::array<std::string, 3>> ways{
        {"imap", "dovecot-imap", "imap"}, {"pop3", "dovecot-pop3", "pop3"}, {"smtp", "submission-dovecot", "smtp"}};
    for (const auto& [scheme, port, service] : ways) {
        const auto audit = lab.audit();
        const Reply right = curl_with_ntlm(scheme, "localhost", lab.place(port), login_of(alice), alice.password);
        INFO(scheme << ": " << right.words);
        CHECK(right.told == Told::granted);
        CHECK(curl_with_ntlm(scheme, "localhost", lab.place(port), login_of(alice), "wrong").told == Told::denied);
        const auto lines = audit.lines(2);
        REQUIRE(lines.size() >= 2); // Postfix's client may try more than once
        INFO(lines[0].text());
        CHECK(lines[0]["mechanism"] == "NTLM");
        CHECK(lines[0]["service"] == service);
        CHECK(lines[0]["verdict"] == "granted");
        CHECK(lines[0]["name"] == "alice");
        CHECK(lines[0]["server"] == "winbind");
        CHECK(lines[1]["verdict"] == "denied");
        CHECK(lines[1]["reason"] == "wrong-password");
    }
}

TEST_CASE("NTLM: raw and inside of SPNEGO, by each form of a name", "[active-directory]")
{
    const SamplePerson& alice = Lab::current().person("alice");
    DovecotClient door(ntlm_door());
    // The client makes user and domain of an address, unless it begins with a backslash.
    for (const std::string mechanism : {"NTLM", "GSS-SPNEGO"})
        for (const std::string& login : {login_of(alice), std::string("alice@campus.example"),
                                         std::string("\\alice@campus.example"), std::string("\\alice")}) {
            INFO(mechanism << ' ' << login);
            const Exchanged right = ntlm_exchange(door, mechanism, login, alice.password);
            CHECK(right.ok());
            CHECK(right.outcome.value("user") == "alice");
            CHECK(right.outcome.value("resp").empty() == (mechanism == "NTLM"));
            CHECK_FALSE(ntlm_exchange(door, mechanism, login, "wrong").ok());
        }
    const auto audit = Lab::current().audit();
    CHECK_FALSE(ntlm_exchange(door, "NTLM", "CAMPUS\\nobody-at-all", "wrong").ok());
    CHECK_FALSE(ntlm_exchange(door, "NTLM", "ELSEWHERE\\alice", alice.password).ok());
    const auto lines = audit.lines(2);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0]["reason"] == "unknown-person");
    CHECK(lines[1]["reason"] == "unknown-realm"); // though a password would be tried in the default realm
}

TEST_CASE("NTLM: whoever is disabled is refused and audited", "[active-directory]")
{
    const Lab& lab = Lab::current();
    Newcomer person("spa-user", "Sp4-Passw0rd");
    DovecotClient door(ntlm_door());
    CHECK(ntlm_exchange(door, "NTLM", "CAMPUS\\spa-user", "Sp4-Passw0rd").ok());
    person.change("disable");
    for (const std::string mechanism : {"NTLM", "GSS-SPNEGO"}) {
        const auto audit = lab.audit();
        CHECK_FALSE(ntlm_exchange(door, mechanism, "CAMPUS\\spa-user", "Sp4-Passw0rd").ok());
        const auto lines = audit.lines();
        REQUIRE(lines.size() == 1);
        INFO(lines[0].text());
        CHECK(lines[0]["verdict"] == "denied");
        CHECK(lines[0]["name"] == "spa-user");
    }
}

TEST_CASE("NTLM: where a listener does not offer it, it is refused raw and inside of SPNEGO", "[active-directory]")
{
    const SamplePerson& alice = Lab::current().person("alice");
    DovecotClient door(Lab::current().socket("dovecot/run/auth-client"));
    const auto audit = Lab::current().audit();
    CHECK_FALSE(ntlm_exchange(door, "NTLM", login_of(alice), alice.password).ok());
    CHECK_FALSE(ntlm_exchange(door, "GSS-SPNEGO", login_of(alice), alice.password).ok());
    const auto lines = audit.lines(2);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0]["reason"] == "unknown-mechanism");
    CHECK(lines[1]["verdict"] == "denied");
}

TEST_CASE("NTLM: a thousand answers with an old password lock nobody out", "[active-directory]")
{
    const Lockable nina;
    const std::string login = "CAMPUS\\" + nina.name();
    REQUIRE(eventually(10s, [&] {
        DovecotClient door(ntlm_door());
        return ntlm_exchange(door, "NTLM", login, nina.password()).ok();
    }));
    const auto before = nina.wrong_passwords();
    const auto audit = Lab::current().audit();
    std::atomic<int> granted{0};
    std::vector<std::thread> programs; // 20, of which each goes on with the password that it has
    for (int program = 0; program < 20; ++program)
        programs.emplace_back([&, program] {
            DovecotClient door(ntlm_door());
            for (int i = 0; i < 50; ++i)
                granted += ntlm_exchange(door, program % 2 == 0 ? "NTLM" : "GSS-SPNEGO", login, "an-old-one").ok();
        });
    for (std::thread& program : programs)
        program.join();
    CHECK(granted == 0);
    const auto lines = audit.lines(1000, 10s);
    REQUIRE(lines.size() == 1000);
    const auto count = [&](const std::string& reason) {
        return std::ranges::count_if(lines, [&](const AuditLine& line) { return line["reason"] == reason; });
    };
    std::cout << "NTLM: of 1,000 answers with an old password " << count("wrong-password") << " were judged, "
              << count("lockout-budget") + count("network-slowed") << " put off; the directory counts "
              << nina.wrong_passwords() - before << '\n';
    CHECK_FALSE(nina.locked());
    CHECK(nina.wrong_passwords() - before <= 3);
    CHECK(count("wrong-password") + count("lockout-budget") == 1000);
    CHECK(nina.bind(nina.password()).told == Told::granted); // at the domain, as Windows does
}

TEST_CASE("NTLM: an outage of winbind is never a wrong password, and holds up nobody else", "[active-directory]")
{
    const Lab& lab = Lab::current();
    const SamplePerson& alice = lab.person("alice");
    const PersonsTicket ticket("alice");
    DovecotClient door(ntlm_door());
    REQUIRE(ntlm_exchange(door, "NTLM", login_of(alice), alice.password).ok());
    {
        const auto audit = lab.audit();
        const SilentWinbind silent;
        // More than there are threads for it: those who find none free are put off at once or at their deadline.
        std::vector<std::thread> waiting;
        std::atomic<int> granted{0};
        for (int i = 0; i < 12; ++i)
            waiting.emplace_back([&] {
                DovecotClient own(ntlm_door());
                granted += ntlm_exchange(own, "NTLM", login_of(alice), alice.password).ok();
            });
        std::this_thread::sleep_for(500ms);
        const auto begun = std::chrono::steady_clock::now();
        CHECK(gssapi_exchange(door, "imap", ticket).ok());
        CHECK(spnego_exchange(door, "imap", ticket).ok());
        CHECK(dovecot_login(ntlm_door(), "imap", alice.name, alice.password).told == Told::granted);
        CHECK(std::chrono::steady_clock::now() - begun < 3s);
        for (std::thread& each : waiting)
            each.join();
        CHECK(granted == 0);
        int put_off = 0;
        for (const AuditLine& line : audit.lines(15, 20s)) {
            if (line["mechanism"] != "NTLM" || line["verdict"] == "granted") // the one before
                continue;
            INFO(line.text());
            CHECK(line["verdict"] == "unavailable");
            ++put_off;
        }
        CHECK(put_off == 12);
    }
    CHECK(eventually(60s, [&] { return ntlm_exchange(door, "NTLM", login_of(alice), alice.password).ok(); }));
}

TEST_CASE("NTLM: a message cut or changed anywhere lets nobody in", "[active-directory]")
{
    const Newcomer person("spa-damaged", "Sp4-Passw0rd"); // whose count of wrong answers is nobody else's
    const PersonsTicket ticket("alice");
    DovecotClient door(ntlm_door());
    std::mt19937 random(20260101);
    for (const std::string mechanism : {"NTLM", "GSS-SPNEGO"})
        for (int round = 0; round < 25; ++round) {
            const bool cut = round % 2 == 0;
            const Exchanged exchanged = ntlm_exchange_with_damage(
                door, mechanism, "CAMPUS\\spa-damaged", "Sp4-Passw0rd", [&](std::string& message) {
                    const std::size_t at = random() % message.size();
                    if (cut)
                        message.resize(at);
                    else
                        message[at] = static_cast<char>(message[at] ^ (1 << random() % 8));
                });
            if (exchanged.ok()) // a bit that says nothing, such as the client's version
                CHECK(exchanged.outcome.value("user").starts_with(person.name()));
            CHECK((!cut || !exchanged.ok()));
        }
    CHECK(gssapi_exchange(door, "imap", ticket).ok());
}

TEST_CASE("NTLM: authctl doctor tells whether winbind judges for the domain", "[active-directory]")
{
    const Lab& lab = Lab::current();
    const std::vector<std::string> doctor{lab.program("authctl").string(),
                                          "doctor",
                                          "--all",
                                          "--json",
                                          "--config",
                                          (lab.folder() / "authd/authd.yaml").string()};
    std::vector<std::string> seeing{lab.script_file("private_mounts"),
                                    (lab.folder() / "dc1/winbindd").string() + ":/run/samba/winbindd", "--"};
    seeing.insert(seeing.end(), doctor.begin(), doctor.end());
    const auto severity = [](const std::vector<std::string>& command) {
        const Output output = run(command);
        INFO(output.out << output.err);
        const auto told = boost::json::parse(output.out);
        for (const auto& finding : told.at("findings").as_array())
            if (finding.at("check") == "winbind" && finding.at("realm") == "CAMPUS")
                return std::string(finding.at("severity").as_string());
        return std::string("nothing");
    };
    CHECK(severity(seeing) == "ok");
    CHECK(severity(doctor) == "fault"); // nobody listens where it looks then
}

} // namespace gatehouse::integration
