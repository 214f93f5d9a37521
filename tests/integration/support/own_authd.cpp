#include "support/own_authd.hpp"

#include "support/eventually.hpp"

#include <boost/json.hpp>

#include <stdexcept>

namespace gatehouse::integration
{

namespace json = boost::json;

namespace
{
std::string joined(const std::vector<std::string>& texts)
{
    std::string all;
    for (const std::string& text : texts)
        all += (all.empty() ? "" : ", ") + text;
    return all;
}

std::string head_of_realm(const std::string& name)
{
    const std::string domain = name == "CAMPUS" ? "campus.example" : name + ".example";
    return "  - name: " + name + "\n    default: " + (name == "CAMPUS" ? "true" : "false") + "\n    netbios: " + name +
           "\n    mail_domains: [" + domain + "]\n" +
           // What an outage or a slow server does to a login shows where every login asks the directory.
           "    proofs: {remember: false}\n    directory:\n";
}

std::string secret_of_search_account()
{
    return (Lab::current().folder() / "authd/secrets/svc-gatehouse").string();
}

const json::object& named(const json::array& list, std::string_view member, const std::string& name)
{
    for (const json::value& item : list)
        if (item.as_object().at(member).as_string() == name)
            return item.as_object();
    throw std::runtime_error("the status names no " + name + ": " + json::serialize(list));
}
} // namespace

std::string realm_yaml(const OpenLdapRealm& realm)
{
    const std::string ca = (realm.ca.empty() ? Lab::current().folder() / "ca/ca.pem" : realm.ca).string();
    return head_of_realm(realm.name) + "      type: openldap\n      servers: [" + joined(realm.servers) +
           "]\n      tls: {mode: " + realm.tls_mode + ", ca_file: " + ca +
           "}\n      bind: {dn: \"cn=svc-gatehouse,ou=services,dc=campus,dc=example\", password_file: " +
           secret_of_search_account() +
           "}\n"
           "      people: {base: \"ou=people,dc=campus,dc=example\", name: uid, addresses: [mail]}\n";
}

std::string active_directory_realm(const std::vector<std::string>& servers)
{
    const std::string where = servers.empty() ? "srv_domain: campus.example\n      dns_server: " +
                                                    Lab::current().show("samba-ad").at("address")
                                              : "servers: [" + joined(servers) + "]";
    return head_of_realm("CAMPUS") + "      type: active-directory\n      " + where +
           "\n      tls: {mode: ldaps, ca_file: " + (Lab::current().folder() / "ca/ca.pem").string() +
           "}\n      bind: {dn: svc-gatehouse@campus.example, password_file: " + secret_of_search_account() + "}\n";
}

std::string local_realm()
{
    Lab::current().must("local-realm", {"up"});
    return head_of_realm("LOCAL") +
           "      type: local\n      people_file: " + Lab::current().show("local-realm").at("people_file") + "\n";
}

OwnAuthd::OwnAuthd(const std::string& name, const Wishes& wishes)
    : folder_(Lab::current().folder() / "faults" / name),
      audit_(wishes.audit.empty() ? folder_ / "audit.jsonl" : wishes.audit),
      log_(Lab::current().folder() / "log" / ("authd-" + name + ".log"))
{
    std::filesystem::create_directories(folder_);
    if (wishes.audit.empty())
        std::filesystem::remove(audit_);
    for (const char* const part :
         {"store.db", "store.db-wal", "store.db-shm"}) // names given in an earlier run are taken
        std::filesystem::remove(folder_ / part);
    write_configuration(wishes);
    start();
}

void OwnAuthd::write_configuration(const Wishes& wishes) const
{
    write_file(configuration_file(), configuration(wishes));
}

Output OwnAuthd::authctl(const std::vector<std::string>& words, const RunOptions& options) const
{
    std::vector<std::string> argv{Lab::current().program("authctl").string(), "--socket",
                                  door("control").path.string()};
    argv.insert(argv.end(), words.begin(), words.end());
    return run(argv, options);
}

std::string OwnAuthd::configuration(const Wishes& wishes) const
{
    const std::string store = wishes.store.empty() ? "{file: " + (folder_ / "store.db").string() + "}" : wishes.store;
    const auto replay_cache = wishes.replay_cache.empty() ? folder_ / "replay" : wishes.replay_cache;
    std::string text = "log: {level: info}\naudit: {file: " + audit_.string() + "}\nstore: " + store +
                       "\nprocess: {replay_cache: " + replay_cache.string() + "}\nrealms:\n" + wishes.realms +
                       "listeners:\n  - name: control\n    door: native\n    may_control: true\n    socket: {path: " +
                       door("control").path.string() + "}\n";
    for (const std::string name : {"saslauthd", "dovecot", "native"})
        text += "  - name: " + name + "\n    door: " + name + "\n    socket: {path: " + door(name).path.string() +
                ", mode: \"0666\"}\n    limits: " + wishes.limits + "\n";
    text += wishes.listeners;
    if (!wishes.services.empty())
        text += "services:\n" + wishes.services;
    return text + wishes.more;
}

void OwnAuthd::start()
{
    process_.emplace(std::vector<std::string>{Lab::current().program("gatehouse-authd").string(), "--config",
                                              configuration_file().string()},
                     log_);
    const bool serves = eventually(std::chrono::seconds(30), [&] {
        if (!process_->running())
            throw std::runtime_error("gatehouse-authd has ended: " + log());
        try {
            return !status().empty();
        } catch (const std::runtime_error&) {
            return false;
        }
    });
    if (!serves)
        throw std::runtime_error("gatehouse-authd answers no status: " + log());
}

void OwnAuthd::start_again()
{
    if (process_->running())
        throw std::logic_error("this test's authd still runs");
    start();
}

Place OwnAuthd::door(const std::string& listener) const
{
    return {.path = folder_ / listener};
}

json::object OwnAuthd::status() const
{
    const Output output = authctl({"--json", "status"});
    if (!output.ok())
        throw std::runtime_error("authctl status: " + output.text());
    return json::parse(output.out).as_object();
}

json::object OwnAuthd::server(const std::string& name) const
{
    const json::object all = status();
    return named(all.at("realms").as_array().at(0).as_object().at("servers").as_array(), "server", name);
}

std::int64_t OwnAuthd::counter(const std::string& listener, const std::string& counter) const
{
    const json::object all = status();
    return named(all.at("listeners").as_array(), "name", listener).at(counter).to_number<std::int64_t>();
}

} // namespace gatehouse::integration
