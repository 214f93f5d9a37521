// GSSAPI and GSS-SPNEGO: clients with true tickets play against the server, and the input says what becomes of each
// message on its way. Alice and mallory have a ticket each; whoever is in the middle owns mallory's, and knows no key.
// However messages are changed, cut, repeated, swapped or made up, nobody is shown who did not say so: the person is
// the ticket's, and whom they want to act for is what that same client has wrapped.
//
// Input: one byte of wishes, then for each message an action and what it takes, then, after the last LF, whom alice
// acts for.
//
// covers: authd/sasl/gssapi.cpp authd/sasl/gss_spnego.cpp authd/sasl/gss_tokens.cpp
// covers: authd/kerberos/accepted_context.cpp
#include "../integration/tickets_gss_client.hpp"
#include "../integration/tickets_made.hpp"
#include "fuzz.hpp"
#include "identity/login_name.hpp"
#include "kerberos/gss_acceptor.hpp"
#include "sasl/gss_spnego.hpp"
#include "sasl/gssapi.hpp"

#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>

using namespace gatehouse;
using namespace gatehouse::fuzz;
using integration::GssClient;

namespace
{
constexpr const char* service = "imap/localhost@FUZZ.EXAMPLE";
constexpr int most_messages = 8; // an honest client needs three at most

enum : std::uint8_t { of_spnego = 1 };
enum class Action : std::uint8_t { honest, from_mallory, flip, truncate, repeat, made_up, overwrite, append };

/// The service's key, and tickets for it that no KDC has issued.
struct World {
    World()
    {
        kerberos::isolate_gssapi();
        require(::mkdtemp(folder.data()) != nullptr);
        keytab = folder + "/keytab";
        integration::make_keytab(keytab, service);
        for (const char* const name : {"alice", "mallory"})
            integration::make_ticket({.client = std::string(name) + "@FUZZ.EXAMPLE",
                                      .service = service,
                                      .ends = std::chrono::hours(24 * 30)},
                                     keytab, std::string("MEMORY:") + name);
        auto accepted = kerberos::ReplayCache::open(folder + "/accepted", 100'000'000);
        require(accepted.has_value());
        auto made = kerberos::make_gss_acceptor({.keytabs = {keytab}, .accepted = std::move(*accepted)});
        require(made.has_value());
        acceptor = std::move(*made);
    }
    ~World()
    {
        ::unlink(keytab.c_str());
        for (const char* const name : {"/accepted", "/accepted.older"})
            ::unlink((folder + name).c_str());
        ::rmdir(folder.c_str());
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    std::string folder = "/tmp/gatehouse-fuzz-XXXXXX";
    std::string keytab;
    std::shared_ptr<GssAcceptor> acceptor;
};

/// What the input says, byte after byte; nothing but zeros once it is spent.
class Script
{
public:
    explicit Script(std::string_view bytes) : bytes_(bytes) {}

    std::uint8_t byte()
    {
        if (bytes_.empty())
            return 0;
        const auto value = static_cast<std::uint8_t>(bytes_.front());
        bytes_.remove_prefix(1);
        return value;
    }
    std::size_t number() { return byte() * 256U + byte(); }
    std::string_view text()
    {
        const std::string_view text = bytes_.substr(0, byte());
        bytes_.remove_prefix(std::min(text.size(), bytes_.size()));
        return text;
    }

private:
    std::string_view bytes_;
};

/// A client that does what its library does, with whatever it is told. It costs something once it is asked.
class Client
{
public:
    Client(const char* cache, bool spnego, std::string authzid)
        : cache_(cache), spnego_(spnego), authzid_(std::move(authzid))
    {
    }

    /// Nothing, once its library refuses to go on.
    std::string answer(std::string_view challenge)
    {
        if (!gss_)
            gss_.emplace(
                service, cache_,
                GssClient::Wishes{.mechanism = spnego_ ? GssClient::Mechanism::spnego : GssClient::Mechanism::kerberos,
                                  .name = GssClient::Name::principal});
        try {
            if (!gss_->established())
                return gss_->step(challenge);
            if (spnego_)
                return {};
            gss_->unwrap(challenge);
            return gss_->wrap(integration::gss_layer(1, authzid_));
        } catch (const std::runtime_error&) {
            return {};
        }
    }

    const std::string& authzid() const { return authzid_; }

private:
    const char* cache_;
    std::optional<GssClient> gss_;
    bool spnego_;
    std::string authzid_;
};

/// One exchange, and who is in the middle of it.
struct Middle {
    Client alice;
    Client mallory;
    std::string before{}; ///< the message that went last
    bool altered = false;

    std::string next(Script& script, std::string_view challenge)
    {
        const auto action = static_cast<Action>(script.byte() % 8);
        altered = altered || action != Action::honest;
        if (action == Action::repeat)
            return before;
        if (action == Action::made_up)
            return std::string(script.text());
        std::string message = (action == Action::from_mallory ? mallory : alice).answer(challenge);
        if (action != Action::honest && action != Action::from_mallory)
            spoil(action, message, script);
        return message;
    }

private:
    static void spoil(Action action, std::string& message, Script& script)
    {
        if (action == Action::append)
            message += script.text();
        if (action == Action::append || message.empty())
            return;
        const std::size_t at = script.number() % message.size();
        if (action == Action::flip)
            message[at] = static_cast<char>(message[at] ^ (1 << script.byte() % 8));
        else if (action == Action::truncate)
            message.resize(at);
        else {
            const std::string_view text = script.text();
            message.replace(at, text.size(), text);
        }
    }
};

void check_shown(const TicketCredential& ticket, const Middle& middle, bool spnego)
{
    require(ticket.kerberos_realm == "FUZZ.EXAMPLE" && ticket.sid.empty());
    require(ticket.name == "alice" || ticket.name == "mallory");
    require(ticket.login == ticket.name + "@FUZZ.EXAMPLE");
    const Client& client = ticket.name == "alice" ? middle.alice : middle.mallory;
    require(ticket.authzid == (spnego ? std::string() : client.authzid()));
    planted_bug(ticket.authzid);
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    static const World world;
    const NothingLeft nothing_left;
    const std::string_view input = text_of(bytes, size);
    const std::size_t end = std::min(input.rfind('\n'), input.size());
    const std::string authzid(input.substr(std::min(end + 1, input.size())));
    Script script(input.substr(0, end));
    const std::uint8_t wishes = script.byte();
    const bool spnego = (wishes & of_spnego) != 0;

    Middle middle{.alice = Client("MEMORY:alice", spnego, authzid),
                  .mallory = Client("MEMORY:mallory", spnego, "whom-mallory-acts-for")};
    const auto exchange = (spnego ? sasl::gss_spnego : sasl::gssapi).begin({.gss = world.acceptor}, {});
    std::string challenge;
    for (int i = 0; i < most_messages; ++i) {
        const std::string message = middle.next(script, challenge);
        const auto step = exchange->step(secret_of(message));
        middle.before = message;
        if (const auto* more = std::get_if<Exchange::Continue>(&step)) {
            challenge = more->challenge;
            continue;
        }
        if (const auto* shown = std::get_if<Exchange::Shown>(&step))
            check_shown(std::get<TicketCredential>(shown->credential), middle, spnego);
        else
            require(middle.altered || authzid.size() > max_login_name); // an honest client is let in
        require(std::holds_alternative<Exchange::Broken>(exchange->step(secret_of(message))));
        return 0;
    }
    require(middle.altered);
    return 0;
}
