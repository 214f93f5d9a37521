#pragma once

#include "codec/front.hpp"
#include "fuzz.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

// A client plays against one of the mail fronts. The first byte of an input says what the connection is like
// (Play::Bits), the second one how authd answers; the rest is what the client says. 0x1e parts its flights: what comes
// in a later one is sent once the front has answered, and TLS begins between two flights only.

namespace gatehouse::fuzz
{

using MakeFront =
    std::function<std::unique_ptr<codec::Front>(const codec::FrontSettings& settings, codec::BackendLines backend)>;

/// What the front does must not depend on how the client's bytes are cut, nor on what came before TLS.
class FrontPlay
{
public:
    enum Bits : std::uint8_t {
        secure = 1,   ///< TLS runs from the beginning
        starttls = 2, ///< TLS may begin
        in_clear = 4, ///< logins without TLS are taken
        bindings = 8, ///< of the TLS channel are known
        certificate = 16,
        narrow = 32,       ///< limits that a short input exceeds
        bytewise = 64,     ///< cut after every byte, else at some places
        greets_again = 128 ///< set by the target: the front greets anew once TLS runs
    };

    FrontPlay(MakeFront make, std::uint8_t bits, std::uint8_t answers, codec::BackendLines backend)
        : make_(std::move(make)), backend_(std::move(backend)), bits_(bits), answers_(answers)
    {
        settings_.host = "mail.test";
        settings_.mechanisms = {"PLAIN", "LOGIN", "SCRAM-SHA-256-PLUS", "EXTERNAL"};
        settings_.starttls = has(starttls);
        settings_.passwords_in_clear = has(in_clear);
        settings_.max_commands = settings_.max_failures = 100'000; // TLS resets neither
        if (has(narrow)) {
            settings_.max_response = 64;
            settings_.max_literal = 16;
            settings_.max_commands = 4;
            settings_.max_failures = 2;
        }
    }

    void run(std::string_view stream)
    {
        std::vector<std::string_view> flights;
        for (std::size_t end = 0; end != std::string_view::npos && flights.size() < 8;) {
            end = flights.size() == 7 ? std::string_view::npos : stream.find('\x1e');
            flights.push_back(stream.substr(0, end));
            stream.remove_prefix(end == std::string_view::npos ? stream.size() : end + 1);
        }
        const std::vector<std::string> whole = begin(flights, false);
        require(begin(flights, true) == whole);
    }

private:
    using Flights = std::span<const std::string_view>;
    using Transcript = std::vector<std::string>;

    /// One connection.
    struct Connection {
        std::unique_ptr<codec::Front> front;
        codec::Channel channel;
        Transcript done;
        std::uint32_t dice = 0;
        bool exchange = false; // one is open
        bool over = false;
        bool tls_begun = false;
    };

    bool has(Bits bit) const { return (bits_ & bit) != 0; }

    Transcript begin(Flights flights, bool in_pieces)
    {
        Connection connection = open(has(secure), true, answers_);
        for (std::size_t i = 0; i < flights.size() && !connection.over; ++i) {
            play(connection, flights.subspan(i), in_pieces);
            if (!std::exchange(connection.tls_begun, false)) // also where limits are narrow: TLS resets none
                continue;
            const std::size_t before = connection.done.size();
            const Transcript anew = after_tls(flights.subspan(i + 1), connection.dice, in_pieces);
            begin_tls(connection);
            for (std::size_t later = i + 1; later < flights.size() && !connection.over; ++later)
                play(connection, flights.subspan(later), in_pieces);
            require(Transcript(connection.done.begin() + static_cast<std::ptrdiff_t>(before), connection.done.end()) ==
                    anew);
            return connection.done;
        }
        for (const auto why : {codec::Farewell::too_slow, codec::Farewell::too_many, codec::Farewell::shutting_down,
                               codec::Farewell::no_longer_allowed})
            if (const std::string words = connection.front->farewell(why); !words.empty())
                check_lines(words);
        return connection.done;
    }

    /// What a client is told who began with TLS and says the same.
    Transcript after_tls(Flights flights, std::uint32_t dice, bool in_pieces)
    {
        Connection connection = open(true, has(greets_again), dice);
        for (std::size_t i = 0; i < flights.size() && !connection.over; ++i)
            play(connection, flights.subspan(i), in_pieces);
        return connection.done;
    }

    Connection open(bool with_tls, bool greeted, std::uint32_t dice)
    {
        Connection connection;
        connection.front = make_(settings_, backend_);
        connection.dice = dice;
        if (with_tls)
            connection.channel = {.secure = true, .bindings = has(bindings), .certificate = has(certificate)};
        if (with_tls)
            connection.front->secured(connection.channel);
        if (greeted)
            connection.front->greet();
        drain(connection, {}, {});
        return connection;
    }

    void begin_tls(Connection& connection)
    {
        connection.channel = {.secure = true, .bindings = has(bindings), .certificate = has(certificate)};
        connection.front->secured(connection.channel);
        drain(connection, {}, {});
    }

    /// The first of the flights.
    void play(Connection& connection, Flights flights, bool in_pieces)
    {
        std::string_view left = flights.front();
        std::vector<std::string_view> pieces{left};
        if (in_pieces && !has(bytewise)) {
            pieces = cut(left);
        } else if (in_pieces) {
            pieces.clear();
            for (std::size_t at = 0; at < left.size(); ++at)
                pieces.push_back(left.substr(at, 1));
        }
        for (const std::string_view piece : pieces) {
            require(connection.front->feed(bytes_of(piece)).has_value());
            left.remove_prefix(piece.size());
            drain(connection, left, flights.subspan(1));
            if (connection.over)
                return;
            if (!connection.tls_begun)
                continue;
            if (!left.empty()) { // no TLS comes of it; a front that has seen the bytes does not even begin
                connection.tls_begun = false;
                connection.done.pop_back();
                connection.done.emplace_back("close");
                connection.over = true;
            } else if (has(narrow)) {
                connection.tls_begun = false;
                begin_tls(connection);
            }
            return;
        }
    }

    void drain(Connection& connection, std::string_view left, Flights later)
    {
        while (!connection.over && !connection.tls_begun) {
            auto action = connection.front->next();
            if (!action)
                return;
            std::visit([&](auto& one) { take(connection, one); }, *action);
            if (!connection.over && waits_for_answer(*action))
                answer(connection, left, later);
        }
    }

    static bool waits_for_answer(const codec::FrontAction& action)
    {
        return std::holds_alternative<codec::CheckPassword>(action) ||
               std::holds_alternative<codec::BeginExchange>(action) ||
               std::holds_alternative<codec::ExchangeStep>(action);
    }

    void take(Connection& connection, const codec::Send& send)
    {
        check_lines(send.bytes);
        connection.done.push_back("send " + send.bytes);
    }
    void take(Connection& connection, const codec::StartTls& /*begin*/)
    {
        require(has(starttls) && !connection.channel.secure);
        connection.tls_begun = true;
    }
    void take(Connection& connection, const codec::CheckPassword& check)
    {
        require(connection.channel.secure || has(in_clear));
        planted_bug(check.login);
        connection.done.push_back("password " + check.login + ' ' + std::string(check.password.view()));
    }
    void take(Connection& connection, const codec::BeginExchange& begin)
    {
        const auto usable = codec::usable_mechanisms(settings_, connection.channel);
        require(std::ranges::find(usable, begin.mechanism) != usable.end() && !connection.exchange);
        connection.exchange = true;
        if (begin.initial)
            planted_bug(begin.initial->view());
        connection.done.push_back("begin " + begin.mechanism +
                                  (begin.initial ? '=' + std::string(begin.initial->view()) : ""));
    }
    void take(Connection& connection, const codec::ExchangeStep& step)
    {
        require(connection.exchange);
        planted_bug(step.response.view());
        connection.done.push_back("step " + std::string(step.response.view()));
    }
    void take(Connection& connection, const codec::CancelExchange& /*cancel*/)
    {
        require(std::exchange(connection.exchange, false));
        connection.done.emplace_back("cancel");
    }
    void take(Connection& connection, const codec::Close& /*close*/)
    {
        connection.over = true;
        connection.done.emplace_back("close");
        require(!connection.front->next());
        require(connection.front->feed(bytes_of("a LOGIN b c\r\nUSER b\r\nPASS c\r\n")).has_value());
        require(!connection.front->next() && connection.front->rest().empty());
    }

    /// authd's.
    void answer(Connection& connection, std::string_view left, Flights later)
    {
        require(!connection.front->next()); // whatever the client has said behind it waits
        connection.dice = connection.dice * 1'103'515'245U + 12'345U;
        const std::uint32_t roll = connection.dice >> 16;
        if (connection.exchange && roll % 4 < 2) {
            connection.front->challenge(std::string_view("\0\r\nchallenge", roll % 14));
            return;
        }
        if (roll % 4 < 3) {
            connection.exchange = false;
            connection.front->refuse(static_cast<codec::Refusal>(roll / 4 % 5), "not now");
            return;
        }
        const std::string words = connection.front->welcome("+OK IMAP4rev1 IDLE");
        check_lines(words);
        std::string rest(connection.front->rest().view());
        rest += left;
        for (const std::string_view flight : later)
            rest += flight;
        connection.done.push_back("welcome " + words + rest);
        connection.over = true;
    }

    /// Whole lines of ASCII: nothing that a client said but an IMAP tag and the tag of ManageSieve's NOOP comes back.
    static void check_lines(std::string_view text)
    {
        require(text.ends_with("\r\n"));
        const bool echo = text.starts_with("OK (TAG ");
        for (std::size_t at = 0; at < text.size(); ++at) {
            const char c = text[at];
            if (c == '\r' || c == '\n')
                require(c == '\r' ? text[at + 1] == '\n' : at > 0 && text[at - 1] == '\r');
            else
                require(c != '\0' && (echo || (c >= ' ' && c < '\x7f')));
        }
    }

    MakeFront make_;
    codec::BackendLines backend_;
    codec::FrontSettings settings_;
    std::uint8_t bits_;
    std::uint8_t answers_;
};

} // namespace gatehouse::fuzz
