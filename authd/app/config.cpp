#include "app/config.hpp"

#include "app/config_sections.hpp"
#include "base/text.hpp"
#include "base/yaml_reader.hpp"
#include "sasl/mechanism_table.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::app
{

using yaml::Fields;
using yaml::Value;
using namespace std::chrono_literals;

namespace
{
void read_audit(const Value& value, AuditConfig& audit)
{
    value.fields([&](Fields& fields) {
        const auto file = fields.require("file");
        if (!file)
            return;
        if (const auto text = file->text(); text && *text == "-")
            audit.file = *text;
        else if (text)
            audit.file = file->path_name().value_or("");
    });
}

void read_process(const Value& value, ProcessConfig& process)
{
    value.fields([&](Fields& fields) {
        fields.read("workers", process.workers, &Value::number, 0, 256);
        fields.read("secret_memory", process.secret_memory, &Value::size, 64 * 1024, 1024 * 1024 * 1024);
        fields.read("proof_memory", process.proof_memory, &Value::size, 256 * 1024, 64UL * 1024 * 1024 * 1024);
        fields.read("network_threads", process.network_threads, &Value::number, 1, 1024);
        fields.read("compute_threads", process.compute_threads, &Value::number, 0, 256);
        if (const auto file = fields.find("replay_cache"))
            process.replay_cache = file->path_name().value_or(process.replay_cache);
        fields.read("refusal_grid", process.refusal_grid, &Value::duration, 0ms, 5s);
        fields.read("shutdown", process.shutdown, &Value::duration, 0ms, 10min);
    });
}

void read_service(const Value& value, gate::ServiceRule& rule, const Config& config)
{
    value.fields([&](Fields& fields) {
        const auto groups = fields.require("allow_groups");
        if (!groups)
            return;
        // An empty list would read as "nobody" and act as "everybody".
        read_groups(*groups, config, rule.allow_groups);
    });
}

void read_services(const Value& value, Config& config)
{
    value.fields([&](Fields& fields) {
        for (const auto& [name, rule] : fields.all())
            read_service(rule, config.services[name], config);
    });
}

void read_file(const Value& top, Config& config)
{
    top.fields([&](Fields& fields) {
        if (const auto log = fields.find("log"))
            yaml::read_log(*log, config.log_level);
        if (const auto audit = fields.require("audit"))
            read_audit(*audit, config.audit);
        if (const auto process = fields.find("process"))
            read_process(*process, config.process);
        if (const auto store = fields.find("store"))
            read_store(*store, config.store);
        if (const auto secrets = fields.find("store_secrets"))
            read_store_secrets(*secrets, config.store_key_files);
        if (const auto metrics = fields.find("metrics"))
            read_metrics(*metrics, config.metrics_listen);
        if (const auto realms = fields.require("realms"))
            read_realms(*realms, config);
        if (const auto services = fields.find("services"))
            read_services(*services, config);
        if (const auto listeners = fields.require("listeners"))
            read_listeners(*listeners, config);
    });
}
} // namespace

Result<Config> read_config(const std::string& file)
{
    return yaml::read_configuration<Config>(file, read_file);
}

bool offers_ntlm(const Config& config)
{
    return std::ranges::any_of(config.listeners, [](const door::ListenerSettings& listener) {
        return sasl::find_mechanism("NTLM", listener.mechanisms) != nullptr;
    });
}

} // namespace gatehouse::app
