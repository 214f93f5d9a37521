#pragma once

#include "support/changes.hpp"
#include "support/clients.hpp"
#include "support/eventually.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

namespace gatehouse::integration
{

/// An authd that is one of several.
struct Node : OwnAuthd {
    explicit Node(const std::string& name)
        : OwnAuthd("node-" + name, {.realms = joined_realm(), .listeners = edge(name), .store = store(name)})
    {
        REQUIRE(eventually(std::chrono::seconds(20), [&] { return feed_is_live(*this); }));
    }

    Told login(const std::string& person, const std::string& password) const
    {
        return saslauthd_login(door("saslauthd"), "imap", person, password).told;
    }
    bool grants(const TestPerson& person) const { return login(person.name(), person.password()) == Told::granted; }
    std::int64_t store_says(const char* member) const
    {
        return status().at("store").as_object().at(member).to_number<std::int64_t>();
    }
    bool says_in_log(const std::string& words) const { return log().find(words) != std::string::npos; }

    static std::string store(const std::string& name)
    {
        const auto shown = Lab::current().show("postgres");
        return "{postgresql: \"" + shown.at("connection") + "\", password_file: " + secret() + ", node: " + name + "}";
    }
    /// A listener of a program that keeps sessions open.
    static std::string edge(const std::string& name)
    {
        return "  - name: edge\n    door: native\n    may_hold_sessions: true\n    socket: {path: " +
               (Lab::current().folder() / "faults" / ("node-" + name) / "edge").string() + ", mode: \"0666\"}\n";
    }
    /// authd reads no secret that others might.
    static std::string secret()
    {
        const auto file = Lab::current().folder() / "authd/secrets/postgres";
        if (!std::filesystem::exists(file)) {
            write_file(file, read_file(Lab::current().show("postgres").at("password_file")));
            std::filesystem::permissions(file, std::filesystem::perms::owner_read);
        }
        return file.string();
    }
};

} // namespace gatehouse::integration
