#include "wire/native.hpp"
#include "wire/secret_json.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace gatehouse;
using namespace gatehouse::wire;

namespace
{

Secret secret(std::string_view text)
{
    Secret out;
    REQUIRE(out.append(text));
    return out;
}

Result<NativeRequest, NativeFault> parse(std::string_view line)
{
    return parse_native_request(secret(line));
}

/// The line without its LF, as the other side's line buffer gives it.
Secret format(const NativeRequest& request)
{
    Secret line = format_native_request(request).value();
    REQUIRE(line.view().ends_with('\n'));
    REQUIRE(std::ranges::count(line.view(), '\n') == 1);
    line.truncate(line.size() - 1);
    return line;
}

/// Fills the arena until no slot of `size` is left.
struct FullArena {
    explicit FullArena(std::size_t size)
    {
        for (auto slot = SecretArena::process().take(size); !slot.empty(); slot = SecretArena::process().take(size))
            slots.push_back(slot);
    }
    ~FullArena() { release(); }
    void release()
    {
        for (const auto slot : slots)
            SecretArena::process().give_back(slot);
        slots.clear();
    }
    std::vector<std::span<std::uint8_t>> slots;
};

} // namespace

TEST_CASE("a request means the same on both sides", "[unit]")
{
    NativeAuthenticate sent{.id = 18446744073709551615U,
                            .service = "imap",
                            .login = "CAMPUS\\älice",
                            .password = secret(std::string_view("p\"ä\\\n\0\x01\x7f€😀", 17)),
                            .realm = "CAMPUS",
                            .client = "2001:db8::1",
                            .trace = true};
    const std::string password(sent.password.view());
    auto parsed = parse_native_request(format(std::move(sent)));
    REQUIRE(parsed);
    const auto& got = std::get<NativeAuthenticate>(*parsed);
    REQUIRE(got.id == 18446744073709551615U);
    REQUIRE(got.service == "imap");
    REQUIRE(got.login == "CAMPUS\\älice");
    REQUIRE(got.password.view() == password);
    REQUIRE(got.realm == "CAMPUS");
    REQUIRE(got.client == "2001:db8::1");
    REQUIRE(got.trace);
}

TEST_CASE("an exchange carries any bytes, and tells no initial response from an empty one", "[unit]")
{
    std::string all;
    for (int i = 0; i < 256; ++i)
        all += static_cast<char>(i);
    for (std::size_t length : {0UL, 1UL, 2UL, 47UL, 48UL, 49UL, 256UL}) {
        const auto parsed = parse_native_request(format(NativeExchange{
            .id = 1, .service = "smtp", .mechanism = "PLAIN", .initial = secret(all.substr(0, length))}));
        const auto& got = std::get<NativeExchange>(parsed.value());
        REQUIRE(got.initial.has_value());
        REQUIRE(got.initial->view() == all.substr(0, length));
        const auto step = parse_native_request(format(NativeStep{2, secret(all.substr(0, length))}));
        REQUIRE(std::get<NativeStep>(step.value()).response.view() == all.substr(0, length));
    }
    const auto none =
        parse_native_request(format(NativeExchange{.id = 1, .service = "smtp", .mechanism = "LOGIN", .initial = {}}));
    REQUIRE_FALSE(std::get<NativeExchange>(none.value()).initial.has_value());
}

TEST_CASE("an exchange tells of the client's connection: its bindings and its certificate", "[unit]")
{
    const std::string bytes("\0\xff\"", 3);
    const auto parsed = parse_native_request(
        format(NativeExchange{.id = 1,
                              .service = "imap",
                              .mechanism = "EXTERNAL",
                              .client = "192.0.2.1",
                              .channel = {.bindings = {{"tls-exporter", bytes}, {"tls-server-end-point", "digest"}},
                                          .certificate = ClientCertificate{.name = "alice@campus.example",
                                                                           .mails = {"a@b.example", "\xc3\xa4@b"}}},
                              .trace = true}));
    const auto& got = std::get<NativeExchange>(parsed.value());
    REQUIRE(got.channel.bindings.size() == 2);
    REQUIRE(got.channel.bindings[0].type == "tls-exporter");
    REQUIRE(got.channel.bindings[0].bytes == bytes);
    REQUIRE(got.channel.bindings[1].bytes == "digest");
    REQUIRE(got.channel.certificate->name == "alice@campus.example");
    REQUIRE(got.channel.certificate->mails == std::vector<std::string>{"a@b.example", "\xc3\xa4@b"});
    REQUIRE((got.client == "192.0.2.1" && got.trace));

    const auto bare = parse(R"({"id":1,"op":"exchange","service":"imap","mechanism":"EXTERNAL","certificate":{}})");
    REQUIRE(std::get<NativeExchange>(bare.value()).channel.certificate->name.empty());
    const auto none = parse(R"({"id":1,"op":"exchange","service":"imap","mechanism":"EXTERNAL"})");
    REQUIRE_FALSE(std::get<NativeExchange>(none.value()).channel.certificate);
}

TEST_CASE("what is no binding and no certificate is refused under its id", "[unit]")
{
    const std::string mails = "[\"a@b\"" + [] {
        std::string more;
        for (std::size_t i = 0; i < max_native_mails; ++i)
            more += ",\"a@b\"";
        return more;
    }() + ']';
    for (const std::string& member :
         {std::string(R"("bindings":[])"), std::string(R"("bindings":{"tls-unique":"AAAA"})"),
          std::string(R"("bindings":{"tls-exporter":"%"})"), std::string(R"("bindings":{"tls-exporter":""})"),
          std::string(R"("bindings":{"tls-exporter":1})"),
          R"("bindings":{"tls-exporter":")" + std::string(176, 'A') + R"("})", std::string(R"("certificate":"a@b")"),
          std::string(R"("certificate":{"upn":1})"), std::string(R"("certificate":{"upn":""})"),
          std::string(R"("certificate":{"upn":"a\u0000b"})"), std::string(R"("certificate":{"mails":"a@b"})"),
          std::string(R"("certificate":{"mails":[1]})"), R"("certificate":{"mails":)" + mails + '}'}) {
        INFO(member);
        const auto parsed = parse(R"({"id":1,"op":"exchange","service":"imap","mechanism":"EXTERNAL",)" + member + '}');
        REQUIRE_FALSE(parsed);
        REQUIRE(parsed.error().id == 1);
    }
}

TEST_CASE("a login and a password may be any bytes", "[unit]")
{
    for (const std::string_view bytes : {"plain", "\xff\xfe", "a\x01z", "\xc3\xa4", "m\xfcller"}) {
        const auto line = format(NativeAuthenticate{
            .id = 1, .service = "imap", .login = std::string(bytes), .password = secret(std::string(bytes) + "!")});
        const auto parsed = parse(line.view());
        REQUIRE(std::get<NativeAuthenticate>(parsed.value()).login == bytes);
        REQUIRE(std::get<NativeAuthenticate>(parsed.value()).password.view() == std::string(bytes) + "!");
    }
    REQUIRE_FALSE(parse(R"({"id":1,"op":"explain","login":"a","login64":"YQ=="})"));
    REQUIRE_FALSE(parse(R"({"id":1,"op":"explain","login64":"a"})"));
}

TEST_CASE("control requests and cancel keep their operation", "[unit]")
{
    using Operation = NativeControl::Operation;
    for (const Operation operation : {Operation::status, Operation::explain, Operation::reload}) {
        const auto parsed = parse_native_request(format(NativeControl{9, operation, "alice"}));
        const auto& got = std::get<NativeControl>(parsed.value());
        REQUIRE(got.id == 9);
        REQUIRE(got.operation == operation);
        REQUIRE(got.login == (operation == Operation::explain ? "alice" : ""));
    }
    REQUIRE(std::get<NativeCancel>(parse_native_request(format(NativeCancel{5})).value()).id == 5);
}

TEST_CASE("members that are not known are ignored", "[unit]")
{
    const auto parsed = parse(R"({"v":7,"op":"cancel","id":3,"extra":{"deep":[1,2,{"x":null}]}})");
    REQUIRE(std::get<NativeCancel>(parsed.value()).id == 3);
}

TEST_CASE("a line that is no request is answered with its id where that can be read", "[unit]")
{
    struct Bad {
        std::string line;
        bool has_id;
    };
    const std::vector<Bad> lines{
        {"", false},
        {"{", false},
        {"[]", false},
        {"7", false},
        {R"({"op":"status"})", false},
        {R"({"id":-1,"op":"status"})", false},
        {R"({"id":1.5,"op":"status"})", false},
        {R"({"id":"1","op":"status"})", false},
        {R"({"id":1,"op":"status"}x)", false},
        {R"({"id":1,"op":"status"} {"id":2,"op":"status"})", false},
        {R"({"id":1,"op":"status",})", false},
        {R"({"id":1,"a":[[[[[[[[1]]]]]]]],"op":"status"})", false},
        {"{\"id\":1,\"op\":\"explain\",\"login\":\"\xff\"}", false},
        {R"({"id":1})", true},
        {R"({"id":1,"op":7})", true},
        {R"({"id":1,"op":"frobnicate"})", true},
        {R"({"id":1,"op":"authenticate","login":"a","password":"b"})", true},
        {R"({"id":1,"op":"authenticate","service":"","login":"a","password":"b"})", true},
        {R"({"id":1,"op":"authenticate","service":"a\nb","login":"a","password":"b"})", true},
        {R"({"id":1,"op":"authenticate","service":"imap","password":"b"})", true},
        {R"({"id":1,"op":"authenticate","service":"imap","login":"a"})", true},
        {R"({"id":1,"op":"authenticate","service":"imap","login":"a","password":7})", true},
        {R"({"id":1,"op":"authenticate","service":"imap","login":"a","password":"b","client":["x"]})", true},
        {R"({"id":1,"op":"authenticate","service":"imap","login":"a","password":"b","trace":"yes"})", true},
        {R"({"id":1,"op":"exchange","service":"imap"})", true},
        {R"({"id":1,"op":"exchange","service":"imap","mechanism":"PLAIN","initial":"%%%%"})", true},
        {R"({"id":1,"op":"step"})", true},
        {R"({"id":1,"op":"step","response":"YQ"})", true},
        {R"({"id":1,"op":"explain"})", true},
        {R"({"id":1,"op":"authenticate","service":")" + std::string(1025, 's') + R"(","login":"a","password":"b"})",
         true},
    };
    for (const Bad& bad : lines) {
        CAPTURE(bad.line);
        const auto parsed = parse(bad.line);
        REQUIRE_FALSE(parsed);
        REQUIRE(parsed.error().error == WireError::malformed);
        REQUIRE(parsed.error().id.has_value() == bad.has_id);
        REQUIRE_FALSE(parsed.error().text.empty());
    }
}

TEST_CASE("a full secret memory is told apart from a bad line, keeps the id and leaves nothing behind", "[unit]")
{
    const std::size_t before = SecretArena::process().used();
    {
        Secret line = secret(R"({"id":77,"op":"authenticate","service":"imap","login":"a","password":"b"})");
        const FullArena full(64);
        const auto parsed = parse_native_request(std::move(line));
        REQUIRE_FALSE(parsed);
        REQUIRE(parsed.error().error == WireError::out_of_memory);
        REQUIRE(parsed.error().id == 77);
    }
    {
        const FullArena full(64);
        REQUIRE(format_native_request(NativeCancel{1}).error() == WireError::out_of_memory);
    }
    REQUIRE(SecretArena::process().used() == before);
}

TEST_CASE("each place at which the secret memory can run out ends in a clear fault", "[unit]")
{
    // With the arena full but for a growing number of small slots, every allocation of the parse fails in turn.
    const std::string text =
        R"({"id":5,"op":"exchange","service":"imap","mechanism":"PLAIN","initial":"AGEAcGFzc3dvcmQ="})";
    std::size_t failures = 0;
    for (std::size_t spare = 1;; ++spare) {
        REQUIRE(spare < 200);
        Secret line = secret(text);
        FullArena full(64);
        for (std::size_t i = 0; i < spare * 4; ++i) { // neighbours, so that larger slots can form
            SecretArena::process().give_back(full.slots.back());
            full.slots.pop_back();
        }
        const auto parsed = parse_native_request(std::move(line));
        if (parsed)
            break;
        REQUIRE(parsed.error().error == WireError::out_of_memory);
        REQUIRE(parsed.error().id == 5);
        ++failures;
    }
    REQUIRE(failures > 2);
}

TEST_CASE("a request that no line can carry is refused before it is sent", "[unit]")
{
    const auto request = [](std::string login, std::string_view password) {
        return NativeAuthenticate{.id = 1,
                                  .service = "imap",
                                  .login = std::move(login),
                                  .password = secret(password),
                                  .realm = {},
                                  .client = {}};
    };
    REQUIRE(format_native_request(request("a", std::string(max_native_line, 'x'))).error() == WireError::too_long);
    REQUIRE(format_native_request(NativeExchange{.id = 1, .service = "\xff", .mechanism = "PLAIN"}).error() ==
            WireError::malformed);
    REQUIRE(format_native_request(request("a", std::string(65535, '"'))).has_value());
    REQUIRE(format_native_request(request("a", std::string(65535, '\0'))).has_value());
}

TEST_CASE("a parsed document lives in secret memory alone and leaves none of it in use", "[unit]")
{
    const std::size_t before = SecretArena::process().used();
    {
        const auto document = SecretJson::parse(R"({"password":"a password longer than any small-string buffer"})", 8);
        REQUIRE(document.has_value());
        REQUIRE(document->root().at("password").as_string() == "a password longer than any small-string buffer");
        REQUIRE(SecretArena::process().used() > before);
    }
    REQUIRE(SecretArena::process().used() == before);
}
