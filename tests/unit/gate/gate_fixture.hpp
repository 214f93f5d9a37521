#pragma once

#include "gate/gate.hpp"
#include "scratch_store.hpp"
#include "scripted_directory.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <memory>
#include <optional>
#include <string>

namespace gatehouse
{

/// A gate of two realms, CAMPUS (the default, with alice) and LAB, and one listener's pins.
struct GateFixture {
    GateFixture()
    {
        campus->add("alice");
        rules->names = {
            {.realm = "CAMPUS", .netbios = "CAMPUS", .upn_suffixes = {"campus.example"}, .is_default = true},
            {.realm = "LAB", .netbios = "LAB"}};
        rules->realms = {{.directory = campus, .proofs = {.remember = false}},
                         {.directory = lab, .proofs = {.remember = false}}};
        rules->refusal_grid = std::chrono::milliseconds(0);
    }

    Verdict login(std::string name, std::string_view password, std::string service = "imap")
    {
        Attempt attempt{.service = std::move(service),
                        .mechanism = "PLAIN",
                        .peer_uid = uid,
                        .credential = shown(std::move(name), password)};
        return run(std::move(attempt));
    }

    static PasswordCredential shown(std::string name, std::string_view password)
    {
        PasswordCredential credential{.login = std::move(name), .authzid = {}, .password = {}};
        REQUIRE(credential.password.append(password));
        return credential;
    }

    Verdict run(Attempt attempt)
    {
        gate::Gate gate(rules, *audit, {*proofs, shield, flights, *store, metrics, *store_secrets, sessions});
        boost::asio::io_context context;
        std::optional<Verdict> verdict;
        const auto login = [&]() -> Awaitable<void> {
            Trail trail;
            verdict =
                co_await gate.check(std::move(attempt), pins, Clock::now() + std::chrono::seconds(5), trail, needs);
            actor = trail.actor;
        };
        boost::asio::co_spawn(context, login(), [](std::exception_ptr failure) { REQUIRE_FALSE(failure); });
        context.run();
        return verdict.value();
    }

    std::shared_ptr<ScriptedDirectory> campus = std::make_shared<ScriptedDirectory>("CAMPUS");
    std::shared_ptr<ScriptedDirectory> lab = std::make_shared<ScriptedDirectory>("LAB");
    std::shared_ptr<gate::Rules> rules = std::make_shared<gate::Rules>();
    std::shared_ptr<Pins> pins = std::make_shared<Pins>(Pins{.listener = "l", .door = "d"});
    std::unique_ptr<gate::AuditLog> audit = gate::AuditLog::open("/dev/null").value();
    std::unique_ptr<gate::Proofs> proofs = gate::Proofs::create(1024 * 1024).value();
    gate::Shield shield;
    gate::Flights flights;
    gate::LoginMetrics metrics;
    std::unique_ptr<gate::StoreSecrets> store_secrets = gate::StoreSecrets::create({}).value();
    gate::LiveSessions sessions;
    ScratchStore scratch;
    std::shared_ptr<store::Store> store = scratch.open();
    std::string actor; // of the last attempt
    std::uint32_t uid = 0;
    gate::Needs needs;
};

} // namespace gatehouse
