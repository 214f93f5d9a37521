// The logins at stores. The first byte says which protocol and what is wished (Bits); the rest is what the store says.
// 0x1e parts its flights: TLS begins between two of them only. What is done must not depend on how the bytes are cut,
// and no password is sent before the TLS that is wished for. What the store tells of itself is told to a client.
// covers: mail/codec/imap_back.cpp mail/codec/pop3_back.cpp mail/codec/sieve_back.cpp mail/codec/smtp_back.cpp
// mail/codec/queueing_back.cpp
#include "codec/imap_back.hpp"
#include "codec/imap_front.hpp"
#include "codec/pop3_back.hpp"
#include "codec/pop3_front.hpp"
#include "codec/sieve_back.hpp"
#include "codec/sieve_front.hpp"
#include "codec/smtp_back.hpp"
#include "codec/smtp_front.hpp"
#include "fuzz.hpp"

#include <string>
#include <utility>

using namespace gatehouse;
using namespace gatehouse::fuzz;

namespace
{
enum Bits : std::uint8_t {
    protocol = 3,
    with_starttls = 4,
    act_for = 8,
    only_look = 16,
    with_address = 32,
    bytewise = 64
};

constexpr std::string_view password = "p\"w\\d";

codec::StoreWish wish_of(std::uint8_t bits)
{
    return {.user = "al\"ice",
            .act_for = (bits & act_for) != 0 ? "bob" : "",
            .password = secret_of(password),
            .address = (bits & with_address) != 0 ? "2001:db8::7" : "",
            .port = 4711,
            .helo = "client.test",
            .only_look = (bits & only_look) != 0,
            .starttls = (bits & with_starttls) != 0};
}

std::unique_ptr<codec::Back> back_of(std::uint8_t bits)
{
    switch (bits & protocol) {
    case 0: return std::make_unique<codec::ImapBack>(wish_of(bits));
    case 1: return std::make_unique<codec::Pop3Back>(wish_of(bits));
    case 2: return std::make_unique<codec::SieveBack>(wish_of(bits));
    default: return std::make_unique<codec::SmtpBack>(wish_of(bits));
    }
}

/// Whole lines without a control character but TAB; UTF-8 is let pass.
void check_lines(std::string_view text)
{
    require(text.ends_with("\r\n"));
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\r' || c == '\n')
            require(c == '\r' ? text[at + 1] == '\n' : at > 0 && text[at - 1] == '\r');
        else
            require((static_cast<unsigned char>(c) >= ' ' || c == '\t') && c != '\x7f');
    }
}

/// What a client is told of it.
void tell(std::uint8_t bits, const codec::StoreDone& done)
{
    static const codec::FrontSettings settings{.mechanisms = {"PLAIN"}, .passwords_in_clear = true};
    const std::unique_ptr<codec::Front> front = [&]() -> std::unique_ptr<codec::Front> {
        switch (bits & protocol) {
        case 0: return std::make_unique<codec::ImapFront>(settings);
        case 1: return std::make_unique<codec::Pop3Front>(settings, done.lines);
        case 2: return std::make_unique<codec::SieveFront>(settings, done.lines);
        default: return std::make_unique<codec::SmtpFront>(settings, done.lines);
        }
    }();
    front->greet();
    require(front->feed(bytes_of("EHLO me\r\nCAPA\r\nx CAPABILITY\r\nCAPABILITY\r\n")).has_value());
    while (const auto action = front->next())
        check_lines(std::get<codec::Send>(*action).bytes);
    check_lines(front->welcome(done.told));
}

struct Login {
    std::vector<std::string> done;
    bool over = false;
    bool tls = false;
    bool tls_begun = false;
};

void act(Login& login, codec::Back& back, std::uint8_t bits, std::string_view left)
{
    while (!login.over && !login.tls_begun) {
        auto action = back.next();
        if (!action)
            return;
        if (const auto* send = std::get_if<codec::StoreSend>(&*action)) {
            const std::string_view bytes = send->bytes.view();
            check_lines(bytes);
            const bool may_tell = (bits & with_starttls) == 0 || login.tls;
            require(may_tell || (!bytes.contains("p\"w") && !bytes.contains("p\\\"w") && !bytes.contains("AUTH") &&
                                 !bytes.contains("XCLIENT")));
            login.done.push_back("send " + std::string(bytes));
        } else if (std::holds_alternative<codec::StoreStartTls>(*action)) {
            require((bits & with_starttls) != 0 && !login.tls);
            login.tls_begun = true;
        } else if (const auto* failed = std::get_if<codec::StoreFailed>(&*action)) {
            require(failed->refused || !failed->why.empty()); // a store may refuse without a word
            login.done.push_back((failed->refused ? "refused " : "failed ") + failed->why);
            login.over = true;
        } else {
            const auto& end = std::get<codec::StoreDone>(*action);
            require((bits & with_starttls) == 0 || login.tls);
            tell(bits, end);
            for (const std::string& line : end.lines)
                planted_bug(line);
            planted_bug(end.told);
            login.done.push_back("done " + end.told + '\n' + back.rest() + std::string(left));
            login.over = true;
        }
    }
    if (login.over)
        require(!back.next());
}

std::vector<std::string_view> cut_flight(std::string_view flight, bool in_pieces, std::uint8_t bits)
{
    if (!in_pieces)
        return {flight};
    if ((bits & bytewise) == 0)
        return cut(flight);
    std::vector<std::string_view> pieces;
    for (std::size_t at = 0; at < flight.size(); ++at)
        pieces.push_back(flight.substr(at, 1));
    return pieces;
}

std::vector<std::string> log_in(std::string_view stream, std::uint8_t bits, bool in_pieces)
{
    const auto back = back_of(bits);
    Login login;
    while (!login.over && !stream.empty()) {
        const std::size_t end = stream.find('\x1e');
        std::string_view left = stream.substr(0, end);
        stream.remove_prefix(std::min(left.size() + 1, stream.size()));
        for (const std::string_view piece : cut_flight(left, in_pieces, bits)) {
            back->feed(bytes_of(piece));
            left.remove_prefix(piece.size());
            act(login, *back, bits, left);
            if (login.over || login.tls_begun)
                break;
        }
        if (!std::exchange(login.tls_begun, false))
            continue;
        if (!left.empty()) { // no TLS comes of it; a back that has seen the bytes does not even begin
            login.done.emplace_back("failed it has sent more in clear text before TLS began");
            break;
        }
        login.tls = true;
        back->secured();
        act(login, *back, bits, {});
    }
    return login.done;
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const NothingLeft nothing_left;
    if (size < 1)
        return 0;
    const std::string_view stream = text_of(bytes + 1, size - 1);
    require(log_in(stream, bytes[0], false) == log_in(stream, bytes[0], true));
    return 0;
}
